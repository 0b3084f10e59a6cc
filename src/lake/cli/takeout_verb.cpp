#include "lake/cli/takeout_verb.hpp"

#include <fmt/format.h>

#include <atomic>

#include "lake/ingest/takeout_import.hpp"

namespace lake::cli {
namespace {

void print(const std::string& line) { ignore(write_output(line + "\n"), "the exit code tells"); }

void print_list(const char* title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  print(title);
  for (const auto& line : lines) print("  " + line);
}

void print_lines(const ingest::TakeoutReport& report) {
  print(fmt::format("{:<34} {:<18} {:>8} {:>12} {:>10} {:>8} {:>10} {:>10} {:>8} {:>8}", "product: kind",
                    "state", "entries", "bytes", "elements", "rejected", "new", "duplicate", "updated",
                    "older"));
  for (const auto& line : report.lines) {
    const auto what = line.kind.empty() ? std::string("-") : line.product + ": " + line.kind;
    print(fmt::format("{:<34} {:<18} {:>8} {:>12} {:>10} {:>8} {:>10} {:>10} {:>8} {:>8}", what, line.state,
                      line.entries, line.bytes, line.elements, line.rejected, line.rows_new, line.rows_dup,
                      line.rows_updated, line.rows_older));
  }
}

void print_report(const ingest::TakeoutReport& report) {
  print(fmt::format("import {}", report.import_id));
  for (const auto& part : report.parts) {
    print(fmt::format("{} ({}): {}, {} entries{}", part.path, part.kind, part.state, part.entries,
                      part.reason.empty() ? "" : ": " + part.reason));
  }
  if (!report.lines.empty()) print_lines(report);
  print_list("notes on entries:", report.notes);
  print_list("rejected elements (takeout.import_reject has their bytes):", report.rejects);
  print_list("members that no column takes (kept in `extra`):", report.unknown_members);
  for (const auto& invariant : report.invariants) {
    print(fmt::format("ledger: {}: {}{}", invariant.what, invariant.holds ? "yes" : "NO",
                      invariant.found.empty() ? "" : ": " + invariant.found));
  }
}

}  // namespace

int takeout_verb(const Surroundings& around, Conversation& conversation, const TakeoutArguments& arguments) {
  if (conversation.is_remote()) {
    say("dplake import takeout reads archives into a lake that this process opens; --server is not possible "
        "yet");
    return 2;
  }
  ingest::TakeoutRequest request;
  request.paths = arguments.paths;
  request.force = arguments.force;
  request.time_zone = arguments.time_zone;
  request.batch_rows_max = arguments.batch_rows;
  request.workers_max = static_cast<unsigned>(arguments.workers);
  // The counters of a verb end with it.
  telemetry::Metrics metrics;
  ProgressLine line(around.clock);
  std::atomic<bool> cancelled{false};
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> total{0};
  const auto report = [&] {
    line.begin("takeout");
    const StatementWatch watch(
        around.interrupts, line,
        [&] {
          cancelled = true;
          conversation.cancel();
        },
        [&] {
          query::Progress progress;
          if (total > 0) progress.percent = 100.0 * static_cast<double>(done) / static_cast<double>(total);
          return progress;
        });
    return ingest::import_takeout(conversation.session(), around.files, around.clock, metrics, request,
                                  [&](const ingest::TakeoutProgress& progress) {
                                    done = progress.bytes_done;
                                    total = progress.bytes_total;
                                    return !cancelled;
                                  });
  }();
  if (!report) {
    say(error_text(report.error(), "", ""));
    return report.error().code() == ErrorCode::kInvalidArgument ? 2 : 1;
  }
  print_report(*report);
  bool whole = report->all_hold();
  for (const auto& part : report->parts) whole = whole && (part.state == "complete" || part.state == "known");
  return whole ? 0 : 1;
}

}  // namespace lake::cli
