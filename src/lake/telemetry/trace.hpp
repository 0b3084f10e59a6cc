#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/random.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::telemetry {

/// Which trace, and which span of it (W3C Trace Context, level 1).
struct SpanContext {
  std::uint64_t trace_high = 0;
  std::uint64_t trace_low = 0;
  std::uint64_t span_id = 0;
  /// Of a span that is recorded, here or elsewhere.
  [[nodiscard]] bool is_valid() const { return (trace_high != 0 || trace_low != 0) && span_id != 0; }
  bool operator==(const SpanContext&) const = default;
};

/// Reads a header `traceparent`: "00-<32 hex digits>-<16>-<2>", lower case, ids not zero; of later versions
/// what this one knows. Nothing for other text.
std::optional<SpanContext> span_context_of(std::string_view traceparent);
/// As a header `traceparent`, sampled.
std::string traceparent_of(const SpanContext& context);
/// 32 and 16 hexadecimal digits; empty of a context that is not valid.
std::string trace_id_text(const SpanContext& context);
std::string span_id_text(std::uint64_t span_id);

/// One piece of work that ended.
struct FinishedSpan {
  using Value = std::variant<std::int64_t, std::string>;

  SpanContext context;
  std::uint64_t parent_id = 0;  // 0 = the first of its trace
  std::string_view name;
  /// Wall time at which the tracer was made, plus monotonic time since: spans of a process compare exactly,
  /// whatever the wall clock does meanwhile.
  std::int64_t start_nanos = 0;
  std::int64_t end_nanos = 0;
  bool has_failed = false;
  std::vector<std::pair<std::string_view, Value>> attributes;
};

class Tracer;

/// A piece of work while it goes on; ends when it goes away. A default-made one records nothing and costs
/// nothing. Move-only. Threads: one at a time. Lifetime: the tracer outlives it.
class Span {
 public:
  Span() = default;
  Span(Span&& other) noexcept
      : tracer_(std::exchange(other.tracer_, nullptr)), span_(std::move(other.span_)) {}
  Span& operator=(Span&& other) noexcept;
  ~Span() { end(); }

  /// For the spans inside it; not valid when it records nothing.
  [[nodiscard]] SpanContext context() const { return span_.context; }
  [[nodiscard]] bool is_recording() const { return tracer_ != nullptr; }
  /// `key` is a literal. Bounds: the first kAttributesMax, texts cut at kTextBytesMax. Never what users keep:
  /// names of files, texts of rows.
  void set(std::string_view key, std::int64_t value);
  void set(std::string_view key, std::string_view value);
  void set_failed() { span_.has_failed = true; }
  void end();

  static constexpr std::size_t kAttributesMax = 8;
  static constexpr std::size_t kTextBytesMax = 200;

 private:
  friend class Tracer;
  Span(Tracer& tracer, FinishedSpan span) : tracer_(&tracer), span_(std::move(span)) {}
  Tracer* tracer_ = nullptr;
  FinishedSpan span_;
};

/// The one record of what was done when: the last spans that ended. `server` owns it and passes it by
/// reference; shown in SQL as lake_spans(). A span is begun for work of milliseconds, never for a row: it
/// costs two looks at the clock and one lock.
///
/// Bounds: the last `spans_max` spans; 0 = none are recorded, and beginning one is a comparison. Threads:
/// any. Lifetime: `clock`, `random` and `metrics` outlive it, it outlives its spans.
class Tracer {
 public:
  Tracer(os::Clock& clock, os::Random& random, Metrics& metrics, std::size_t spans_max);

  /// `name` is a literal: "takeout.store". Without a valid parent it is the first span of a new trace.
  Span begin(std::string_view name, const SpanContext& parent = {});
  /// Those that ended, in the order of their ends.
  [[nodiscard]] std::vector<FinishedSpan> finished() const;
  [[nodiscard]] std::size_t spans_max() const { return spans_max_; }

 private:
  friend class Span;
  void take(FinishedSpan span);
  [[nodiscard]] std::int64_t now_nanos() const;
  std::uint64_t new_id();

  os::Clock& clock_;
  os::Random& random_;
  Counter& ended_;
  const std::size_t spans_max_;
  const std::int64_t wall_offset_nanos_;
  std::atomic<std::uint64_t> seed_{0};
  std::atomic<std::uint64_t> last_id_{0};
  mutable Mutex mutex_;
  std::vector<FinishedSpan> ring_ LAKE_GUARDED_BY(mutex_);
  std::size_t next_ LAKE_GUARDED_BY(mutex_) = 0;  // the oldest, once the ring is full
};

/// Who traces, and inside what; passed along by value. Without a tracer nothing is recorded.
struct Tracing {
  Tracer* tracer = nullptr;
  SpanContext parent = {};
  [[nodiscard]] Span begin(std::string_view name) const {
    return tracer == nullptr ? Span() : tracer->begin(name, parent);
  }
  [[nodiscard]] Tracing inside(const Span& span) const { return {tracer, span.context()}; }
};

}  // namespace lake::telemetry
