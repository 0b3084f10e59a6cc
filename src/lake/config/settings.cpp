#include "lake/config/settings.hpp"

#include <algorithm>
#include <limits>

#include "lake/config/units.hpp"

namespace lake::config {
namespace {

using Millis = std::chrono::milliseconds;

constexpr std::uint64_t kNoMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kKiB = 1ULL << 10U;
constexpr std::uint64_t kMiB = 1ULL << 20U;
constexpr std::uint64_t kGiB = 1ULL << 30U;
constexpr std::uint64_t kDay = 86'400'000;
constexpr std::uint64_t kYears = 36'500 * kDay;

constexpr Setting kSettings[] = {
    {"data.directory", "data", SettingKind::kPath,
     +[](Settings& s) -> std::string& { return s.data.directory; }, "~/.local/share/dplake", 0, 0, "",
     "Directory that holds the lake; made when absent."},
    {"server.address", "address", SettingKind::kText,
     +[](Settings& s) -> std::string& { return s.server.address; }, "127.0.0.1", 0, 0, "",
     "Address to listen on."},
    {"server.port", "port", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.server.port; }, "8080", 0, 65'535, "",
     "Port to listen on; 0 takes any free one."},
    {"server.request_bytes_max", "request-bytes-max", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.server.request_bytes_max; }, "64MiB", kKiB, 16 * kGiB, "",
     "Largest request body."},
    {"server.drain_grace", "drain-grace", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.server.drain_grace; }, "10s", 0, kDay, "",
     "How long running statements may go on after SIGTERM."},
    {"server.connections_max", "connections-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.server.connections_max; }, "512", 1, 65'536, "",
     "Connections open at once; more are answered with 503."},
    {"server.transfers_max", "transfers-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.server.transfers_max; }, "16", 1, 1000, "",
     "Bodies and files being moved at the same time; as many may wait."},
    {"server.header_timeout", "header-timeout", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.server.header_timeout; }, "10s", 10, kDay, "",
     "Time from the first byte of a request to the end of its header."},
    {"server.idle_timeout", "idle-timeout", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.server.idle_timeout; }, "1min", 10, kDay, "",
     "Time a connection may stay open without a request."},
    {"server.body_timeout", "body-timeout", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.server.body_timeout; }, "2min", 10, kDay, "",
     "Time in which a request's body has to come."},
    {"server.write_timeout", "write-timeout", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.server.write_timeout; }, "1min", 10, kDay, "",
     "Time in which a client has to take each piece of an answer."},
    {"memory.limit", "memory-limit", SettingKind::kMemory,
     +[](Settings& s) -> std::uint64_t& { return s.memory.limit_bytes; }, "60%", 64 * kMiB, kNoMax, "",
     "Memory for everything together: a size, or a percentage of the machine's memory."},
    {"memory.catalog_percent", "memory-catalog-percent", SettingKind::kPercent,
     +[](Settings& s) -> std::uint64_t& { return s.memory.catalog_percent; }, "5%", 1, 50, "",
     "Share of the memory limit for SQLite's page cache."},
    {"memory.segments_percent", "memory-segments-percent", SettingKind::kPercent,
     +[](Settings& s) -> std::uint64_t& { return s.memory.segments_percent; }, "15%", 1, 50, "",
     "Share of the memory limit for inline rows of all tables; beyond it writers wait for a flush."},
    {"memory.statistics_percent", "memory-statistics-percent", SettingKind::kPercent,
     +[](Settings& s) -> std::uint64_t& { return s.memory.statistics_percent; }, "5%", 1, 50, "",
     "Share of the memory limit for statistics of files; files for which it has no room are read where they "
     "would "
     "have been left out."},
    {"engine.threads", "threads", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.engine.threads; }, "0", 0, 1024, "",
     "Threads that run queries; 0 is one for each processor."},
    {"engine.temp_bytes_max", "temp-bytes-max", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.engine.temp_bytes_max; }, "0B", 0, kNoMax, "",
     "Most that queries may spill to <data>/tmp; 0 is 90 % of the free disk."},
    {"engine.open_files_max", "open-files-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.engine.open_files_max; }, "4096", 64, 1'048'576, "",
     "Most files of the lake open at once; a statement that needs one more fails."},
    {"tables.file_bytes_target", "file-bytes-target", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.tables.file_bytes_target; }, "128MiB", 64 * kKiB,
     16 * kGiB, "", "Size at which a Parquet file is closed and the next one begun."},
    {"tables.row_group_rows", "row-group-rows", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.tables.row_group_rows; }, "122880", 2048, 1ULL << 28U, "",
     "Rows in one Parquet row group."},
    {"tables.compression", "compression", SettingKind::kChoice,
     +[](Settings& s) -> std::string& { return s.tables.compression; }, "zstd", 0, 0,
     "zstd|snappy|uncompressed", "Compression of Parquet pages."},
    {"tables.verify_reads", "verify-reads", SettingKind::kSwitch,
     +[](Settings& s) -> bool& { return s.tables.verify_reads; }, "true", 0, 0, "",
     "Whether each data file is compared with its checksum before its first use in this process."},
    {"tables.inline_rows_max", "inline-rows-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.tables.inline_rows_max; }, "10000", 0, 1ULL << 20U, "",
     "A statement that writes at most this many rows stores them in the catalog, not in a file."},
    {"tables.inline_bytes_max", "inline-bytes-max", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.tables.inline_bytes_max; }, "1MiB", 0, kGiB, "",
     "The same bound in bytes."},
    {"tables.segment_bytes_max", "segment-bytes-max", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.tables.segment_bytes_max; }, "256MiB", kMiB, 64 * kGiB, "",
     "Inline bytes of one table beyond which writers wait for a flush."},
    {"tables.segment_count_max", "segment-count-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.tables.segment_count_max; }, "400000", 1, kNoMax, "",
     "Inline commits of one table beyond which writers wait for a flush."},
    {"tables.segment_age_max", "segment-age-max", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.tables.segment_age_max; }, "10min", 1000, kYears, "",
     "Age of a table's oldest inline row beyond which writers wait for a flush."},
    {"tables.flush_percent", "flush-percent", SettingKind::kPercent,
     +[](Settings& s) -> std::uint64_t& { return s.tables.flush_percent; }, "50%", 1, 100, "",
     "Share of the bounds on inline bytes, commits and age at which a flush begins."},
    {"tables.flush_wait_max", "flush-wait-max", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.tables.flush_wait_max; }, "10s", 0, kDay, "",
     "How long a writer waits for a flush of inline rows before it is refused."},
    {"upkeep.enabled", "upkeep", SettingKind::kSwitch, +[](Settings& s) -> bool& { return s.upkeep.enabled; },
     "true", 0, 0, "", "Whether flush, compaction, expiry and orphan removal run by themselves."},
    {"upkeep.interval", "upkeep-interval", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.upkeep.interval; }, "10s", 10, kDay, "",
     "Time between looks for work."},
    {"upkeep.expiry_age", "expiry-age", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.upkeep.expiry_age; }, "7d", 0, kYears, "",
     "Versions older than this are forgotten."},
    {"upkeep.versions_min", "versions-min", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.upkeep.versions_min; }, "100", 1, kNoMax, "",
     "Versions that are kept however old they are."},
    {"upkeep.orphan_grace", "orphan-grace", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.upkeep.orphan_grace; }, "1d", 0, kYears, "",
     "Age at which a file that no version names is removed."},
    {"blobs.stored_bytes_max", "blobs-stored-bytes-max", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.blobs.stored_bytes_max; }, "0B", 0, kNoMax, "",
     "Most bytes that stored blobs may have together; 0 is what the disk has."},
    {"blobs.blob_bytes_max", "blob-bytes-max", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.blobs.blob_bytes_max; }, "5TiB", 1, kNoMax, "",
     "Most bytes of one blob."},
    {"blobs.grace", "blobs-grace", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.blobs.grace; }, "1d", 0, kYears, "",
     "Time after which bytes that no blob needs are removed."},
    {"blobs.sweep_interval", "blobs-sweep-interval", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.blobs.sweep_interval; }, "1h", 10, kYears, "",
     "Time between looks for bytes that no blob needs."},
    {"blobs.scrub_interval", "blobs-scrub-interval", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.blobs.scrub_interval; }, "7d", 0, kYears, "",
     "Time after which all blobs are read again and compared; 0 is never."},
    {"blobs.scrub_rate", "blobs-scrub-rate", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.blobs.scrub_rate; }, "100MiB", 64 * kKiB, kNoMax, "",
     "Most bytes that are read in a second for it."},
    {"query.timeout", "query-timeout", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.query.timeout; }, "0", 0, kYears, "",
     "Time a statement may run when its request names none; 0 is without end."},
    {"query.rows_max", "query-rows-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.query.rows_max; }, "0", 0, kNoMax, "",
     "Rows answered when the request names no bound; 0 is all."},
    {"query.concurrent_max", "query-concurrent-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.query.concurrent_max; }, "16", 1, 10'000, "",
     "Statements that run at the same time."},
    {"query.queued_max", "query-queued-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.query.queued_max; }, "64", 0, 100'000, "",
     "Statements that wait for their turn; more are refused at once."},
    {"access.allowed_paths", "allowed-paths", SettingKind::kPaths,
     +[](Settings& s) -> std::vector<std::string>& { return s.access.allowed_paths; }, "", 0, 0, "",
     "Directories whose files statements over a door may read and write."},
    {"uploads.bytes_max", "upload-bytes-max", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.uploads.bytes_max; }, "64GiB", kKiB, kNoMax, "",
     "Largest file that can be uploaded."},
    {"uploads.count_max", "uploads-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.uploads.count_max; }, "100", 1, 100'000, "",
     "Uploads that may wait to be finished or imported."},
    {"uploads.age_max", "upload-age-max", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.uploads.age_max; }, "7d", 1000, kYears, "",
     "After so long without a byte an upload is removed."},
    {"imports.queued_max", "imports-queued-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.imports.queued_max; }, "16", 1, 1000, "",
     "Imports that may wait for the one that runs; more are answered with 429."},
    {"imports.workers_max", "imports-workers-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.imports.workers_max; }, "0", 0, 256, "",
     "Threads that read and parse an export beside the one that stores; 0 is one for each CPU."},
    {"ingestion.watched", "watch", SettingKind::kPaths,
     +[](Settings& s) -> std::vector<std::string>& { return s.ingestion.watched; }, "", 0, 0, "",
     "Folders whose files become tables; each is then moved to done/ or error/ there."},
    {"ingestion.settle", "watch-settle", SettingKind::kDuration,
     +[](Settings& s) -> Millis& { return s.ingestion.settle; }, "2s", 10, 86'400'000, "",
     "How long a file in a watched folder stays as it is before it is taken."},
    {"ingestion.queued_max", "ingestion-queued-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.ingestion.queued_max; }, "100", 1, 10'000, "",
     "Files that may wait for the one that is ingested; more are answered with 429."},
    {"ingestion.unpacked_bytes_max", "ingestion-unpacked-bytes-max", SettingKind::kSize,
     +[](Settings& s) -> std::uint64_t& { return s.ingestion.unpacked_bytes_max; }, "256GiB", kKiB, kNoMax,
     "", "Largest file that is ingested, as it is when it is unpacked."},
    {"ingestion.records_max", "ingestion-records-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.ingestion.records_max; }, "10000000000", 1, kNoMax, "",
     "Records that one file may have."},
    {"log.level", "log-level", SettingKind::kChoice, +[](Settings& s) -> std::string& { return s.log.level; },
     "info", 0, 0, "debug|info|warn|error|off", "Least important lines that are logged."},
    {"log.format", "log-format", SettingKind::kChoice,
     +[](Settings& s) -> std::string& { return s.log.format; }, "text", 0, 0, "text|json",
     "Form of a log line."},
    {"trace.spans_max", "trace-spans-max", SettingKind::kNumber,
     +[](Settings& s) -> std::uint64_t& { return s.trace.spans_max; }, "10000", 0, 1'000'000, "",
     "Spans of traces that are remembered (lake_spans()); 0 records none."},
};

std::string text_of(const std::string& value, SettingKind /*kind*/) { return value; }

std::string text_of(std::uint64_t value, SettingKind kind) {
  if (kind == SettingKind::kSize || kind == SettingKind::kMemory) return size_text(value);
  return std::to_string(value) + (kind == SettingKind::kPercent ? "%" : "");
}

std::string text_of(Millis value, SettingKind /*kind*/) { return duration_text(value); }

std::string text_of(bool value, SettingKind /*kind*/) { return value ? "true" : "false"; }

std::string text_of(const std::vector<std::string>& value, SettingKind /*kind*/) {
  std::string text;
  for (const auto& item : value) text += (text.empty() ? "" : ":") + item;
  return text;
}

}  // namespace

std::span<const Setting> all_settings() { return kSettings; }

const Setting* find_setting(std::string_view key) {
  const auto* found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                   [key](const Setting& setting) { return setting.key == key; });
  return found == std::end(kSettings) ? nullptr : found;
}

const Setting* find_setting_of_flag(std::string_view flag) {
  const auto* found = std::find_if(std::begin(kSettings), std::end(kSettings),
                                   [flag](const Setting& setting) { return setting.flag == flag; });
  return found == std::end(kSettings) ? nullptr : found;
}

std::string environment_name(const Setting& setting) {
  std::string name = "DPLAKE_";
  for (const char c : setting.flag) {
    if (c == '-') {
      name.push_back('_');
    } else {
      name.push_back(static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
    }
  }
  return name;
}

std::string kind_text(const Setting& setting) {
  switch (setting.kind) {
    case SettingKind::kText:
      return "text";
    case SettingKind::kPath:
      return "path";
    case SettingKind::kNumber:
      return "number";
    case SettingKind::kSize:
      return "size";
    case SettingKind::kMemory:
      return "size or percentage";
    case SettingKind::kPercent:
      return "percentage";
    case SettingKind::kDuration:
      return "duration";
    case SettingKind::kSwitch:
      return "true or false";
    case SettingKind::kPaths:
      return "list of paths";
    case SettingKind::kChoice:
      break;
  }
  std::string text = "one of ";
  for (const char c : setting.choices) text += c == '|' ? std::string(", ") : std::string(1, c);
  return text;
}

std::string value_text(const Setting& setting, const Settings& settings) {
  Settings copy = settings;
  return std::visit([&](auto* field) { return text_of(field(copy), setting.kind); }, setting.field);
}

}  // namespace lake::config
