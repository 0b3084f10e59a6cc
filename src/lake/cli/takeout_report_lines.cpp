#include "lake/cli/takeout_report_lines.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lake/cli/terminal.hpp"

namespace lake::cli {
namespace {

using nlohmann::json;

/// Names in archives are anybody's: in a terminal they are texts and nothing else.
void print(const std::string& line) { ignore(write_output(harmless(line) + "\n"), "the exit code tells"); }

void print_list(const char* title, const json& lines) {
  if (!lines.is_array() || lines.empty()) return;
  print(title);
  for (const auto& line : lines) print("  " + line.get<std::string>());
}

std::uint64_t count(const json& line, const char* member) { return line.value(member, 0ULL); }

void print_lines(const json& lines) {
  if (lines.empty()) return;
  print(fmt::format("{:<34} {:<18} {:>8} {:>12} {:>10} {:>8} {:>10} {:>10} {:>8} {:>8}", "product: kind",
                    "state", "entries", "bytes", "elements", "rejected", "new", "duplicate", "updated",
                    "older"));
  for (const auto& line : lines) {
    const auto kind = line.value("kind", "");
    const auto what = kind.empty() ? std::string("-") : line.value("product", "") + ": " + kind;
    print(fmt::format("{:<34} {:<18} {:>8} {:>12} {:>10} {:>8} {:>10} {:>10} {:>8} {:>8}", what,
                      line.value("state", ""), count(line, "entries"), count(line, "bytes"),
                      count(line, "elements"), count(line, "rejected"), count(line, "rows_new"),
                      count(line, "rows_dup"), count(line, "rows_updated"), count(line, "rows_older")));
  }
}

void print_import(const json& report) {
  print(fmt::format("import {}", report.value("import_id", 0LL)));
  for (const auto& part : report.value("parts", json::array())) {
    const auto reason = part.value("reason", "");
    print(fmt::format("{} ({}): {}, {} entries{}", part.value("path", ""), part.value("kind", ""),
                      part.value("state", ""), count(part, "entries"), reason.empty() ? "" : ": " + reason));
  }
  print_lines(report.value("lines", json::array()));
  print_list("notes:", report.value("notes", json()));
  print_list("rejected elements (takeout.import_reject has their bytes):", report.value("rejects", json()));
  print_list("members that no column takes (kept in `extra`):", report.value("unknown_members", json()));
  for (const auto& invariant : report.value("invariants", json::array())) {
    const auto found = invariant.value("found", "");
    print(fmt::format("ledger: {}: {}{}", invariant.value("what", ""),
                      invariant.value("holds", false) ? "yes" : "NO", found.empty() ? "" : ": " + found));
  }
}

void print_preview(const json& preview) {
  for (const auto& part : preview.value("parts", json::array())) {
    const auto reason = part.value("reason", "");
    print(fmt::format("{} ({}): {} entries, {} bytes{}", part.value("path", ""), part.value("kind", ""),
                      count(part, "entries"), count(part, "content_bytes"),
                      reason.empty() ? "" : ": " + reason));
  }
  print(fmt::format("{:<40} {:<12} {:>8} {:>14}  {}", "product: kind", "known by", "entries", "bytes",
                    "for example"));
  for (const auto& kind : preview.value("kinds", json::array())) {
    const auto name = kind.value("kind", "");
    const auto sample = kind.value("sample", json::array());
    print(fmt::format("{:<40} {:<12} {:>8} {:>14}  {}{}",
                      kind.value("product", "") + ": " + (name.empty() ? "kept as it is" : name),
                      kind.value("by", ""), count(kind, "entries"), count(kind, "bytes"),
                      sample.empty() ? "" : sample[0].get<std::string>(),
                      kind.value("wanted", true) ? "" : " (left out)"));
    for (const auto& row : kind.value("rows", json::array()))
      print("    " + row.value("table", "") + " " +
            row.value("row", json::object()).dump(-1, ' ', false, json::error_handler_t::replace));
  }
}

}  // namespace

void print_report_text(const std::string& text) {
  const auto report = json::parse(text, nullptr, false);
  if (!report.is_object()) return;
  if (report.contains("kinds")) {
    print_preview(report);
  } else if (report.contains("import_id")) {
    print_import(report);
  }
}

}  // namespace lake::cli
