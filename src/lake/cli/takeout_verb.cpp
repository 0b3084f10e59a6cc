#include "lake/cli/takeout_verb.hpp"

#include <atomic>

#include "lake/cli/takeout_report_lines.hpp"
#include "lake/ingest/archive_shelf.hpp"
#include "lake/ingest/takeout_import.hpp"
#include "lake/ingest/takeout_preview.hpp"
#include "lake/ingest/takeout_report_text.hpp"

namespace lake::cli {
namespace {

/// Brings archives into the data directory, as `archives` says. Errors: those of ArchiveShelf.
Status keep_archives(const Surroundings& around, const TakeoutArguments& arguments,
                     std::vector<std::string>& paths) {
  if (arguments.archives == "reference") return ok();
  const ingest::ArchiveShelf shelf(around.files, os::join_path(arguments.data_directory, "archives"));
  const auto go_on = [&around](std::uint64_t /*bytes*/) -> Status {
    if (around.interrupts.take()) return Error(ErrorCode::kCancelled, "interrupted");
    return ok();
  };
  for (auto& path : paths) {
    LAKE_TRY(const auto info, around.files.stat(path));
    if (info.kind != os::FileKind::kFile)
      return Error(ErrorCode::kInvalidArgument,
                   "only a file can be copied or adopted, and this is none: " + path);
    LAKE_TRY(const auto sha256, shelf.hash(path, go_on));
    const ingest::OrderedPart part{shelf.place_of(sha256, os::file_name(path)), path, "", ""};
    LAKE_CHECK_OK(shelf.bring(part, arguments.archives == "adopt", go_on));
    path = part.path;
  }
  return ok();
}

int preview(const Surroundings& around, const TakeoutArguments& arguments) {
  telemetry::Metrics metrics;
  const ingest::ProductSelection products{arguments.include, arguments.exclude};
  const auto text = ingest::preview_takeout(around.files, around.clock, metrics, arguments.paths, products,
                                            [&around]() -> Status {
                                              if (around.interrupts.take())
                                                return Error(ErrorCode::kCancelled, "interrupted");
                                              return ok();
                                            });
  if (!text) {
    say(error_text(text.error(), "", ""));
    return 1;
  }
  print_report_text(*text);
  return 0;
}

}  // namespace

int takeout_verb(const Surroundings& around, Conversation& conversation, const TakeoutArguments& arguments) {
  if (arguments.dry_run) return preview(around, arguments);
  ingest::TakeoutRequest request;
  request.paths = arguments.paths;
  if (const auto kept = keep_archives(around, arguments, request.paths); !kept) {
    say(error_text(kept.error(), "", ""));
    return kept.error().code() == ErrorCode::kInvalidArgument ? 2 : 1;
  }
  request.force = arguments.force;
  request.replay = arguments.replay;
  request.blobs = conversation.blobs();
  request.time_zone = arguments.time_zone;
  request.batch_rows_max = arguments.batch_rows;
  request.products = {arguments.include, arguments.exclude};
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
  print_report_text(ingest::report_text(*report, around.clock.wall_micros()));
  return ingest::status_of(*report) == "complete" ? 0 : 1;
}

}  // namespace lake::cli
