#include "lake/cli/transfer_verbs.hpp"

#include <fmt/format.h>

#include <atomic>
#include <charconv>

#include "lake/cli/checked_import_verb.hpp"
#include "lake/ingest/export.hpp"
#include "lake/ingest/import.hpp"

namespace lake::cli {
namespace {

void print(const std::string& line) { ignore(write_output(line + "\n"), "the exit code tells"); }

void print_report(const ingest::FileReport& file) {
  if (file.error) {
    print(harmless(file.path) + " -> " + harmless(file.table.text()) + ": FAILED (" +
          std::string(name_of(file.error->code())) + "): " + file.error->message());
    return;
  }
  std::string line = fmt::format("{} -> {}: {} rows stored", harmless(file.path), harmless(file.table.text()),
                                 file.rows_stored);
  if (file.rows_rejected > 0)
    line += fmt::format(", {} rejected of {} read", file.rows_rejected, file.rows_read);
  print(line);
  for (const auto& row : file.rejected) {
    print(fmt::format("  line {}{}: {}", row.line, row.column.empty() ? "" : ", column " + row.column,
                      row.reason));
  }
  if (file.rows_rejected > file.rejected.size()) {
    print(fmt::format("  ... and {} more lines", file.rows_rejected - file.rejected.size()));
  }
}

/// Fills the request; 0 or the exit code.
int read_arguments(const ImportArguments& arguments, ingest::ImportRequest& request,
                   std::optional<ingest::FileFormat>& format) {
  if (arguments.append) request.mode = ingest::ImportMode::kAppend;
  if (arguments.replace) request.mode = ingest::ImportMode::kReplace;
  request.strict = arguments.strict;
  if (!arguments.table.empty()) {
    auto table = ingest::parse_table_name(arguments.table);
    if (!table) {
      say("dplake import: " + table.error().message());
      return 2;
    }
    request.table = std::move(*table);
  }
  if (!arguments.format.empty()) {
    format = ingest::file_format_named(arguments.format);
    if (!format) {
      say("dplake import: unknown format '" + arguments.format + "' (csv, tsv, json, ndjson, parquet)");
      return 2;
    }
  }
  const std::string& sample = arguments.sample;
  request.sample_rows = 0;
  if (sample == "all") return 0;
  const auto [end, failed] =
      std::from_chars(sample.data(), sample.data() + sample.size(), request.sample_rows);
  if (failed == std::errc() && end == sample.data() + sample.size() && request.sample_rows > 0) return 0;
  say("dplake import: --sample takes a number of rows or 'all'");
  return 2;
}

}  // namespace

int import_verb(const Surroundings& around, Conversation& conversation, const ImportArguments& arguments) {
  ingest::ImportRequest request;
  std::optional<ingest::FileFormat> format;
  if (const int code = read_arguments(arguments, request, format); code != 0) return code;
  auto sources = ingest::find_sources(around.files, arguments.paths, format);
  if (!sources) {
    say(error_text(sources.error(), "", ""));
    return sources.error().code() == ErrorCode::kInvalidArgument ? 2 : 1;
  }
  for (auto& file : sources->files) {
    // The engine may run elsewhere or have another working directory.
    if (auto absolute = around.files.canonical(file.path)) file.path = std::move(*absolute);
  }
  for (const auto& path : sources->ignored) say("ignored, not a file of a format we read: " + path);
  request.files = std::move(sources->files);
  if (!arguments.rules.empty()) return checked_import_verb(around, conversation, arguments, request);
  std::atomic<bool> given_up = false;
  request.given_up = [&given_up] { return given_up.load(); };
  ProgressLine line(around.clock);
  const auto report = [&] {
    const StatementWatch watch(
        around.interrupts, line,
        [&] {
          given_up = true;
          conversation.cancel();
        },
        [&] { return conversation.progress(); });
    return ingest::import_files(
        conversation.session(), around.files, request,
        [&](const ingest::SourceFile& file, std::size_t index, std::size_t count) {
          line.begin(fmt::format("{}/{} {}", index + 1, count, os::file_name(file.path)));
        });
  }();
  if (!report) {
    say(error_text(report.error(), "", ""));
    return report.error().code() == ErrorCode::kInvalidArgument ? 2 : 1;
  }
  std::uint64_t stored = 0;
  std::uint64_t rejected = 0;
  std::size_t failed = 0;
  bool closed = false;
  for (const auto& file : report->files) {
    print_report(file);
    closed = closed || (file.error && file.error->code() == ErrorCode::kPermissionDenied);
    stored += file.rows_stored;
    rejected += file.rows_rejected;
    failed += file.error ? 1 : 0;
  }
  if (report->files.size() > 1 || failed > 0) {
    print(fmt::format("{} files: {} stored, {} failed; {} rows stored, {} rejected", report->files.size(),
                      report->files.size() - failed, failed, stored, rejected));
  }
  if (closed && conversation.is_remote())
    say("note: the server opens the files itself; start it with --allowed-paths DIR, or import without "
        "--server");
  return failed == 0 ? 0 : 1;
}

namespace {

/// Before the export says that it is complete. `left_out`: there are blobs, and they cannot be had from here.
Status write_blobs(const std::atomic<bool>& cancelled, Conversation& conversation,
                   const std::string& directory, blobs::BlobExport& exported, bool& left_out) {
  const auto count = conversation.session().run_text(
      "SELECT count(*) FROM information_schema.tables WHERE "
      "table_schema = 'blob_store' AND table_name = 'object'");
  if (!count) return count.error();
  if (count->rows.at(0).at(0) == "0") return ok();
  left_out = conversation.is_remote();
  if (left_out) return ok();
  LAKE_TRY(exported, conversation.export_blobs(directory, [&cancelled](std::uint64_t /*bytes*/) -> Status {
    if (cancelled) return Error(ErrorCode::kCancelled, "the export was cancelled");
    return ok();
  }));
  return ok();
}

}  // namespace

int export_verb(const Surroundings& around, Conversation& conversation, const ExportArguments& arguments) {
  ingest::ExportRequest request;
  if (arguments.all && !arguments.tables.empty()) {
    say("dplake export: --all and --table exclude each other");
    return 2;
  }
  for (const auto& text : arguments.tables) {
    auto table = ingest::parse_table_name(text);
    if (!table) {
      say("dplake export: " + table.error().message());
      return 2;
    }
    request.tables.push_back(std::move(*table));
  }
  request.directory = arguments.directory;
  if (conversation.is_remote()) {
    // The server may run elsewhere, and sees allowed directories only; the rows come to us.
    request.write = [&](const std::string& query, const std::string& path) -> Status {
      LAKE_TRY(const auto output, file_output(around.files, around.random, path));
      LAKE_TRY(const auto outcome,
               conversation.run(query, query::Format::kParquet,
                                [&](std::string_view bytes) { return output->write(bytes); }));
      if (outcome.truncated)
        return Error(ErrorCode::kResourceExhausted,
                     "the server gives fewer rows than there are (query.rows_max)");
      return output->finish();
    };
  }
  ProgressLine line(around.clock);
  blobs::BlobExport blobs;
  bool left_out = false;
  std::atomic<bool> cancelled{false};
  if (request.tables.empty()) {
    request.write_blobs = [&](const std::string& directory) {
      return write_blobs(cancelled, conversation, directory, blobs, left_out);
    };
  }
  const auto report = [&] {
    const StatementWatch watch(
        around.interrupts, line,
        [&] {
          cancelled = true;
          conversation.cancel();
        },
        [&] { return conversation.progress(); });
    return ingest::export_tables(conversation.session(), around.files, request,
                                 [&](const ingest::TableName& table, std::size_t index, std::size_t count) {
                                   line.begin(fmt::format("{}/{} {}", index + 1, count, table.text()));
                                 });
  }();
  if (!report) {
    say(error_text(report.error(), "", ""));
    return 1;
  }
  for (const auto& table : report->tables) {
    print(fmt::format("{} -> {}: {} rows, {} bytes", table.table.text(), table.file, table.row_count,
                      table.bytes));
  }
  print(fmt::format("{} tables and {} other definitions in {}", report->tables.size(), report->object_count,
                    arguments.directory));
  if (blobs.contents > 0) print(fmt::format("blobs: {} contents, {} bytes", blobs.contents, blobs.bytes));
  for (const auto& failure : blobs.failures)
    say("dplake export: a blob is not exported: " + failure.message());
  if (left_out)
    say("dplake export: the bytes of blobs are not exported over --server; GET /api/v1/blobs has them");
  return blobs.failures.empty() && !left_out ? 0 : 1;
}

}  // namespace lake::cli
