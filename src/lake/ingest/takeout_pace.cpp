#include "lake/ingest/takeout_pace.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace lake::ingest {
namespace {

/// Beyond `much` workers fall, below `little` they may rise; between them nothing changes.
struct Bounds {
  double little;
  double much;
};
constexpr Bounds kEngineMemory{0.70, 0.90};
constexpr Bounds kMemoryStall{2, 10};
constexpr Bounds kIoStall{50, 80};

/// The engine tells its limit as people read it: "381.4 MiB".
constexpr const char* kLimit =
    "(SELECT split_part(v, ' ', 1)::DOUBLE * CASE split_part(v, ' ', 2) WHEN 'KiB' THEN 1024.0 WHEN 'MiB' "
    "THEN 1024.0 ** 2 WHEN 'GiB' THEN 1024.0 ** 3 WHEN 'TiB' THEN 1024.0 ** 4 ELSE 1 END FROM (SELECT "
    "current_setting('memory_limit') AS v))";

std::string read_small_file(os::FileSystem& files, const std::string& path) {
  auto file = files.open(path, os::OpenMode::kRead);
  if (!file) return "";
  std::string text(4096, ' ');  // such files say that they are empty
  const auto read = (*file)->read_at(0, std::as_writable_bytes(std::span(text)));
  text.resize(read ? *read : 0);
  return text;
}

std::optional<double> real_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text->c_str(), &end);
  if (end == text->c_str()) return std::nullopt;
  return value;
}

std::string percent(std::string_view what, double value) {
  char text[32];
  std::snprintf(text, sizeof text, " %.0f %%", value);
  return std::string(what) + text;
}

}  // namespace

std::optional<double> pressure_of(std::string_view text, std::string_view line, std::string_view field) {
  while (!text.empty()) {
    const auto each = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), each.size() + 1));
    if (!each.starts_with(line)) continue;
    const auto place = each.find(" " + std::string(field) + "=");
    if (place == std::string_view::npos) return std::nullopt;
    return real_of(std::string(each.substr(place + field.size() + 2)));
  }
  return std::nullopt;
}

std::uint64_t engine_memory_limit(query::Session& session) {
  const auto limit = session.run_text(std::string("SELECT ") + kLimit);
  if (!limit || limit->rows.empty()) return 0;
  return static_cast<std::uint64_t>(real_of(limit->rows[0][0]).value_or(0));
}

Scarcity look_for_scarcity(query::Session& session, os::FileSystem& files) {
  Scarcity found;
  // What was read of files is dropped when room is needed.
  const auto used =
      session.run_text(std::string("SELECT (SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag <> "
                                   "'EXTERNAL_FILE_CACHE') / ") +
                       kLimit);
  if (used && !used->rows.empty()) found.engine_memory = real_of(used->rows[0][0]);
  found.memory_stall = pressure_of(read_small_file(files, "/proc/pressure/memory"), "some", "avg10");
  found.io_stall = pressure_of(read_small_file(files, "/proc/pressure/io"), "full", "avg10");
  return found;
}

std::optional<WorkerPace::Change> WorkerPace::judge(const Scarcity& scarcity, os::MonotonicTime now) {
  std::string scarce;
  bool plenty = true;
  const auto look = [&](const std::optional<double>& value, const Bounds& bounds, std::string_view what,
                        double scale) {
    if (!value) return;
    plenty = plenty && *value < bounds.little;
    if (*value >= bounds.much && scarce.empty()) scarce = percent(what, *value * scale);
  };
  look(scarcity.engine_memory, kEngineMemory, "memory of the engine", 100);
  look(scarcity.memory_stall, kMemoryStall, "waiting for memory", 1);
  look(scarcity.io_stall, kIoStall, "waiting for the disk", 1);
  if (!plenty) {
    calm_since_.reset();
  } else if (!calm_since_) {
    calm_since_ = now;
  }
  Change change{workers_, workers_, std::move(scarce)};
  if (!change.reason.empty()) {
    if (workers_ == 1 || (last_fall_ && now - *last_fall_ < kBetweenFalls)) return std::nullopt;
    last_fall_ = now;
    change.workers = workers_ / 2;
  } else {
    if (workers_ == workers_max_ || !calm_since_ || now - *calm_since_ < kCalmBeforeRise) return std::nullopt;
    calm_since_ = now;
    change.workers = workers_ + 1;
    change.reason = "memory and disk are plenty";
  }
  workers_ = change.workers;
  return change;
}

}  // namespace lake::ingest
