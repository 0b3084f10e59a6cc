#pragma once

#include "lake/ingest/import.hpp"
#include "plain_session.hpp"
#include "scratch_directory.hpp"

namespace lake::ingest {

/// Imports files of a directory of its own into plain DuckDB.
class ImportFixture : public ScratchDirectory {
 protected:
  ImportReport import(ImportRequest request, const std::vector<std::string>& paths) {
    auto sources = find_sources(files_, paths, std::nullopt);
    EXPECT_TRUE(sources.has_value()) << sources.error().message();
    if (!sources) return {};
    request.files = sources->files;
    auto report = import_files(session_, files_, request, {});
    EXPECT_TRUE(report.has_value()) << report.error().message();
    return report ? *report : ImportReport{};
  }
  static std::string error_of(const FileReport& file) { return file.error ? file.error->message() : ""; }

  PlainSession session_;
};

}  // namespace lake::ingest
