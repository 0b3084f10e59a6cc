#pragma once

#include <string>

namespace lake::cli {

/// Prints the result of an import or a preview, as ingest::report_text() and ingest::preview_takeout() have
/// it, for people, on standard output. Nothing when it is neither.
void print_report_text(const std::string& json);

}  // namespace lake::cli
