#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lake::config {

/// Every choice of whoever runs a lake, typed and checked once at start. What each means stands in
/// all_settings(). Values as constructed here are those of all_settings() where no machine is needed; load()
/// fills in the rest.
struct Settings {
  struct Data {
    std::string directory;  // absolute once loaded
  };
  struct Server {
    std::string address = "127.0.0.1";
    std::uint64_t port = 8080;  // 0 = any free one
    std::uint64_t request_bytes_max = 64ULL << 20U;
    std::chrono::milliseconds drain_grace{10'000};
    std::uint64_t connections_max = 512;
    std::uint64_t transfers_max = 16;
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::chrono::milliseconds body_timeout{120'000};
    std::chrono::milliseconds write_timeout{60'000};
  };
  struct Memory {
    std::uint64_t limit_bytes = 0;  // never 0 once loaded
    std::uint64_t catalog_percent = 5;
    std::uint64_t segments_percent = 15;
    std::uint64_t statistics_percent = 5;

    [[nodiscard]] std::uint64_t catalog_bytes() const { return limit_bytes / 100 * catalog_percent; }
    [[nodiscard]] std::uint64_t segments_bytes() const { return limit_bytes / 100 * segments_percent; }
    [[nodiscard]] std::uint64_t statistics_bytes() const { return limit_bytes / 100 * statistics_percent; }
    /// What is left for the engine.
    [[nodiscard]] std::uint64_t engine_bytes() const {
      return limit_bytes - catalog_bytes() - segments_bytes() - statistics_bytes();
    }
  };
  struct Engine {
    std::uint64_t threads = 0;         // never 0 once loaded
    std::uint64_t temp_bytes_max = 0;  // 0 = 90 % of the free disk
    std::uint64_t open_files_max = 4096;
  };
  struct Tables {
    std::uint64_t file_bytes_target = 128ULL << 20U;
    std::uint64_t row_group_rows = 122'880;
    std::string compression = "zstd";
    bool verify_reads = true;
    std::uint64_t inline_rows_max = 10'000;
    std::uint64_t inline_bytes_max = 1ULL << 20U;
    std::uint64_t segment_bytes_max = 256ULL << 20U;
    std::uint64_t segment_count_max = 400'000;
    std::chrono::milliseconds segment_age_max{600'000};
    std::uint64_t flush_percent = 50;
    std::chrono::milliseconds flush_wait_max{10'000};
  };
  struct Upkeep {
    bool enabled = true;
    std::chrono::milliseconds interval{10'000};
    std::chrono::milliseconds expiry_age{604'800'000};
    std::uint64_t versions_min = 100;
    std::chrono::milliseconds orphan_grace{86'400'000};
  };
  struct Blobs {
    std::uint64_t stored_bytes_max = 0;  // 0 = what the disk has
    std::uint64_t blob_bytes_max = 5ULL << 40U;
    std::chrono::milliseconds grace{86'400'000};
    std::chrono::milliseconds sweep_interval{3'600'000};
    std::chrono::milliseconds scrub_interval{604'800'000};  // 0 = never
    std::uint64_t scrub_rate = 100ULL << 20U;               // bytes a second
  };
  struct Query {
    std::chrono::milliseconds timeout{0};  // 0 = none
    std::uint64_t rows_max = 0;            // 0 = no bound
    std::uint64_t concurrent_max = 16;
    std::uint64_t queued_max = 64;
  };
  struct Access {
    std::vector<std::string> allowed_paths;
  };
  struct Uploads {
    std::uint64_t bytes_max = 64ULL << 30U;
    std::uint64_t count_max = 100;
    std::chrono::milliseconds age_max{604'800'000};
  };
  struct Imports {
    std::uint64_t queued_max = 16;
    std::uint64_t workers_max = 0;
  };
  struct Log {
    std::string level = "info";
    std::string format = "text";
  };
  struct Trace {
    std::uint64_t spans_max = 10'000;
  };

  Data data;
  Server server;
  Memory memory;
  Engine engine;
  Tables tables;
  Upkeep upkeep;
  Blobs blobs;
  Query query;
  Access access;
  Uploads uploads;
  struct Ingestion {
    std::vector<std::string> watched;
    std::chrono::milliseconds settle{2'000};
    std::uint64_t queued_max = 100;
    std::uint64_t unpacked_bytes_max = 256ULL << 30U;
    std::uint64_t records_max = 10'000'000'000;
  };
  Imports imports;
  Ingestion ingestion;
  Log log;
  Trace trace;
};

enum class SettingKind : std::uint8_t {
  kText,
  kPath,  // made absolute
  kNumber,
  kSize,    // bytes, "512MB", "2GiB"
  kMemory,  // a size or a percentage of the machine's memory
  kPercent,
  kDuration,  // "10s", "7d"
  kSwitch,    // true or false
  kChoice,    // one of `choices`
  kPaths,     // absolute paths, separated by ':' outside of a file
};

/// Where the value lives in Settings.
using SettingField = std::variant<std::string& (*)(Settings&), std::uint64_t& (*)(Settings&),
                                  std::chrono::milliseconds& (*)(Settings&), bool& (*)(Settings&),
                                  std::vector<std::string>& (*)(Settings&)>;

/// One row of the table from which flags, environment names, the file's keys, help and documentation come.
struct Setting {
  std::string_view key;   // "memory.limit": section and name in the TOML file
  std::string_view flag;  // "memory-limit": --memory-limit, DPLAKE_MEMORY_LIMIT
  SettingKind kind;
  SettingField field;
  std::string_view fallback;  // default, as it would be written
  std::uint64_t min;          // of numbers, sizes (bytes), percentages and durations (milliseconds)
  std::uint64_t max;
  std::string_view choices;  // of kChoice: "text|json"
  std::string_view help;     // one sentence
};

/// All settings in the order of their documentation.
std::span<const Setting> all_settings();
/// Null when there is none.
const Setting* find_setting(std::string_view key);
const Setting* find_setting_of_flag(std::string_view flag);
/// "DPLAKE_MEMORY_LIMIT".
std::string environment_name(const Setting& setting);
/// "size", "duration", "one of text, json", ...
std::string kind_text(const Setting& setting);
/// The present value as it would be written in the environment.
std::string value_text(const Setting& setting, const Settings& settings);

}  // namespace lake::config
