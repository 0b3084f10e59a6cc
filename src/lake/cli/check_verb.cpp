#include "lake/cli/check_verb.hpp"

#include <fmt/format.h>

#include "lake/cli/sql_verb.hpp"

namespace lake::cli {
namespace {

int tell(const Error& error) {
  say(error_text(error, "", ""));
  return 1;
}

}  // namespace

int check_verb(const Roof& roof, os::FileSystem& files, const config::Settings& settings) {
  const std::string catalog = os::join_path(settings.data.directory, "catalog.sqlite");
  const auto there = files.exists(catalog);
  if (!there) return tell(there.error());
  if (!*there)
    return tell(Error(ErrorCode::kNotFound, "no lake there (no catalog.sqlite): " + settings.data.directory));
  auto lake = roof.open(settings);
  if (!lake) return tell(lake.error());
  const auto report = (*lake)->check();
  const auto closed = (*lake)->close();
  if (!report) return tell(report.error());
  std::size_t problems = 0;
  std::string text;
  for (const auto& finding : report->findings) {
    const bool problem = finding.weight == check::Finding::Weight::kProblem;
    problems += problem ? 1 : 0;
    text += (problem ? "PROBLEM " : "note    ") + finding.where + ": " + finding.what + "\n";
  }
  const auto blobs =
      report->content_count > 0 ? fmt::format(", {} contents of blobs", report->content_count) : "";
  text += fmt::format("{} tables, {} files, {} rows{}: {}\n", report->table_count, report->file_count,
                      report->row_count, blobs,
                      problems == 0 ? "no problem found" : fmt::format("{} problems", problems));
  if (!write_output(text)) return 1;
  if (!closed) return tell(closed.error());
  return problems == 0 ? 0 : 1;
}

}  // namespace lake::cli
