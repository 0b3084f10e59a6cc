#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "lake/os/clock.hpp"

namespace spdlog {
class logger;
}

namespace lake::telemetry {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError, kOff };
enum class LogFormat : std::uint8_t {
  kText,  // 2026-01-31T12:00:00.000000Z info event key=value key="two words"
  kJson,  // {"time":"2026-01-31T12:00:00.000000Z","level":"info","event":"...","key":...}
};

std::string_view name_of(LogLevel level);
/// Reads "debug", "info", "warn", "error", "off"; nothing for other text.
std::optional<LogLevel> log_level_of(std::string_view name);
/// Reads "text", "json".
std::optional<LogFormat> log_format_of(std::string_view name);

/// A string that must not be shown: tokens, passwords, keys. Prints and logs as ***; reveal() is the one way
/// to its content.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string content) : content_(std::move(content)) {}
  [[nodiscard]] const std::string& reveal() const { return content_; }
  [[nodiscard]] bool empty() const { return content_.empty(); }
  friend std::ostream& operator<<(std::ostream& out, const Secret& secret);

 private:
  std::string content_;
};

/// One `key=value` of a log line. Borrows texts for the duration of the call it is passed to.
class LogField {
 public:
  using Value = std::variant<std::int64_t, std::uint64_t, double, bool, std::string_view>;

  template <std::signed_integral T>
  LogField(std::string_view key, T value) : key_(key), value_(static_cast<std::int64_t>(value)) {}
  template <std::unsigned_integral T>
  LogField(std::string_view key, T value) : key_(key), value_(static_cast<std::uint64_t>(value)) {}
  LogField(std::string_view key, bool value) : key_(key), value_(value) {}
  LogField(std::string_view key, double value) : key_(key), value_(value) {}
  LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
  LogField(std::string_view key, const std::string& value) : key_(key), value_(std::string_view(value)) {}
  LogField(std::string_view key, const char* value) : key_(key), value_(std::string_view(value)) {}
  LogField(std::string_view key, const Secret& /*value*/) : key_(key), value_(std::string_view("***")) {}

  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] const Value& value() const { return value_; }

 private:
  std::string_view key_;
  Value value_;
};

/// The structured log: one line for one event. `event` is a fixed name ("catalog.commit"), what varies goes
/// into fields. Control characters in values are escaped, so a value cannot forge a line. Lifetime: `server`
/// owns it and passes it by reference; `clock` must outlive it. Threads: any; lines are never mixed. Bounds:
/// a text value is cut at 8 KiB. Errors: a line that cannot be written is dropped.
class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  /// Writes to standard error.
  static Log to_stderr(os::Clock& clock, LogLevel level, LogFormat format);
  /// Hands each line, without its end, to `receive`, one call at a time.
  static Log to_receiver(os::Clock& clock, LogLevel level, LogFormat format,
                         std::function<void(std::string_view)> receive);
  /// Drops everything.
  static Log to_nowhere(os::Clock& clock);

  void debug(std::string_view event, Fields fields = {}) { write(LogLevel::kDebug, event, fields); }
  void info(std::string_view event, Fields fields = {}) { write(LogLevel::kInfo, event, fields); }
  void warn(std::string_view event, Fields fields = {}) { write(LogLevel::kWarn, event, fields); }
  void error(std::string_view event, Fields fields = {}) { write(LogLevel::kError, event, fields); }

  void write(LogLevel level, std::string_view event, Fields fields);
  [[nodiscard]] bool is_enabled(LogLevel level) const;
  void set_level(LogLevel level);

 private:
  Log(os::Clock& clock, LogLevel level, LogFormat format, std::shared_ptr<spdlog::logger> logger);

  os::Clock* clock_;
  LogFormat format_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace lake::telemetry
