#pragma once

#include <string>

#include "lake/config/load.hpp"

namespace lake::config {

/// For --help: each flag with its kind, default and sentence.
std::string flags_text();
/// The settings as a Markdown table, for docs/operations.
std::string markdown_table();
/// A TOML file with every setting at its default, commented out.
std::string toml_template();
/// For `dplake config check`: each setting with its value and where it came from.
std::string values_text(const Loaded& loaded);

}  // namespace lake::config
