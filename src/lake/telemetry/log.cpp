#include "lake/telemetry/log.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/sinks/sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <cmath>
#include <ctime>
#include <iterator>
#include <ostream>

#include "lake/base/mutex.hpp"

namespace lake::telemetry {
namespace {

constexpr std::size_t kValueBytesMax = 8192;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;

constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error", "off"};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

class ReceiverSink final : public spdlog::sinks::sink {
 public:
  explicit ReceiverSink(std::function<void(std::string_view)> receive) : receive_(std::move(receive)) {}

  void log(const spdlog::details::log_msg& message) override {
    const MutexLock lock(mutex_);
    receive_({message.payload.data(), message.payload.size()});
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

 private:
  Mutex mutex_;
  std::function<void(std::string_view)> receive_ LAKE_GUARDED_BY(mutex_);
};

std::shared_ptr<spdlog::logger> logger_of(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("dplake", std::move(sink));
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  logger->flush_on(spdlog::level::debug);
  logger->set_error_handler([](const std::string& /*message*/) {});
  return logger;
}

std::string time_text(os::WallTime time) {
  const std::int64_t micros = time.time_since_epoch().count();
  std::int64_t rest = micros % kMicrosPerSecond;
  if (rest < 0) rest += kMicrosPerSecond;
  const std::time_t seconds = (micros - rest) / kMicrosPerSecond;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds), rest);
}

/// Escapes as JSON does; both formats use it inside quotes.
void append_escaped(std::string& out, std::string_view text) {
  const bool cut = text.size() > kValueBytesMax;
  for (const char c : text.substr(0, kValueBytesMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
  if (cut) out += "...";
}

void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  append_escaped(out, text);
  out.push_back('"');
}

bool is_plain(std::string_view text) {
  if (text.empty() || text.size() > kValueBytesMax) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7F || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

void append_value(std::string& out, const LogField::Value& value, LogFormat format) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (format == LogFormat::kText && is_plain(*text)) {
      out += *text;
    } else {
      append_quoted(out, *text);
    }
    return;
  }
  const auto append = [&out, format](auto number) {
    if constexpr (std::is_same_v<decltype(number), double>) {
      if (!std::isfinite(number) && format == LogFormat::kJson) {
        out += fmt::format("\"{}\"", number);
        return;
      }
    }
    if constexpr (!std::is_same_v<decltype(number), std::string_view>) out += fmt::format("{}", number);
  };
  std::visit(append, value);
}

std::string text_line(os::WallTime time, LogLevel level, std::string_view event, Log::Fields fields) {
  std::string line = fmt::format("{} {} {}", time_text(time), name_of(level), event);
  for (const auto& field : fields) {
    line.append(" ").append(field.key()).append("=");
    append_value(line, field.value(), LogFormat::kText);
  }
  return line;
}

std::string json_line(os::WallTime time, LogLevel level, std::string_view event, Log::Fields fields) {
  std::string line =
      fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"event\":", time_text(time), name_of(level));
  append_quoted(line, event);
  for (const auto& field : fields) {
    line.push_back(',');
    append_quoted(line, field.key());
    line.push_back(':');
    append_value(line, field.value(), LogFormat::kJson);
  }
  line.push_back('}');
  return line;
}

}  // namespace

std::string_view name_of(LogLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> log_level_of(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kLevelNames); ++i) {
    if (name == kLevelNames[i]) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::optional<LogFormat> log_format_of(std::string_view name) {
  if (name == "text") return LogFormat::kText;
  if (name == "json") return LogFormat::kJson;
  return std::nullopt;
}

std::ostream& operator<<(std::ostream& out, const Secret& /*secret*/) { return out << "***"; }

Log::Log(os::Clock& clock, LogLevel level, LogFormat format, std::shared_ptr<spdlog::logger> logger)
    : clock_(&clock), format_(format), logger_(std::move(logger)) {
  set_level(level);
}

Log Log::to_stderr(os::Clock& clock, LogLevel level, LogFormat format) {
  return {clock, level, format, logger_of(std::make_shared<spdlog::sinks::stderr_sink_mt>())};
}

Log Log::to_receiver(os::Clock& clock, LogLevel level, LogFormat format,
                     std::function<void(std::string_view)> receive) {
  return {clock, level, format, logger_of(std::make_shared<ReceiverSink>(std::move(receive)))};
}

Log Log::to_nowhere(os::Clock& clock) {
  return {clock, LogLevel::kOff, LogFormat::kText,
          logger_of(std::make_shared<spdlog::sinks::null_sink_st>())};
}

void Log::write(LogLevel level, std::string_view event, Fields fields) {
  if (!is_enabled(level)) return;
  const auto time = clock_->wall_now();
  const std::string line = format_ == LogFormat::kText ? text_line(time, level, event, fields)
                                                       : json_line(time, level, event, fields);
  logger_->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

bool Log::is_enabled(LogLevel level) const {
  return level != LogLevel::kOff && logger_->should_log(spdlog_level(level));
}

void Log::set_level(LogLevel level) { logger_->set_level(spdlog_level(level)); }

}  // namespace lake::telemetry
