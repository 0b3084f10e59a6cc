#include "lake/telemetry/trace.hpp"

#include <fmt/format.h>

#include <charconv>

namespace lake::telemetry {

namespace {

constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kSpanDigits = 16;
constexpr std::size_t kVersionBytes = 3;  // "00-"
constexpr std::size_t kParentBytes = kVersionBytes + kTraceDigits + 1 + kSpanDigits + 3;

/// splitmix64 (Steele, Lea, Flood 2014): one to one, so that different numbers give different ids.
std::uint64_t mixed(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15ULL;
  number = (number ^ (number >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  number = (number ^ (number >> 27U)) * 0x94d049bb133111ebULL;
  return number ^ (number >> 31U);
}

bool are_digits(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::uint64_t number_of(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

}  // namespace

std::optional<SpanContext> span_context_of(std::string_view traceparent) {
  if (traceparent.size() < kParentBytes) return std::nullopt;
  const auto version = traceparent.substr(0, 2);
  if (!are_digits(version) || version == "ff") return std::nullopt;
  // Later versions may say more, behind another dash.
  if (traceparent.size() > kParentBytes && (version == "00" || traceparent[kParentBytes] != '-'))
    return std::nullopt;
  const auto trace = traceparent.substr(kVersionBytes, kTraceDigits);
  const auto span = traceparent.substr(kVersionBytes + kTraceDigits + 1, kSpanDigits);
  const auto flags = traceparent.substr(kParentBytes - 2, 2);
  const bool has_dashes = traceparent[2] == '-' && traceparent[kVersionBytes + kTraceDigits] == '-' &&
                          traceparent[kParentBytes - 3] == '-';
  if (!has_dashes || !are_digits(trace) || !are_digits(span) || !are_digits(flags)) return std::nullopt;
  const SpanContext context{number_of(trace.substr(0, kSpanDigits)), number_of(trace.substr(kSpanDigits)),
                            number_of(span)};
  return context.is_valid() ? std::optional(context) : std::nullopt;
}

std::string trace_id_text(const SpanContext& context) {
  if (!context.is_valid()) return "";
  return fmt::format("{:016x}{:016x}", context.trace_high, context.trace_low);
}

std::string span_id_text(std::uint64_t span_id) {
  return span_id == 0 ? "" : fmt::format("{:016x}", span_id);
}

std::string traceparent_of(const SpanContext& context) {
  if (!context.is_valid()) return "";
  return "00-" + trace_id_text(context) + "-" + span_id_text(context.span_id) + "-01";
}

Span& Span::operator=(Span&& other) noexcept {
  end();
  tracer_ = std::exchange(other.tracer_, nullptr);
  span_ = std::move(other.span_);
  return *this;
}

void Span::set(std::string_view key, std::int64_t value) {
  if (tracer_ == nullptr || span_.attributes.size() >= kAttributesMax) return;
  span_.attributes.emplace_back(key, value);
}

void Span::set(std::string_view key, std::string_view value) {
  if (tracer_ == nullptr || span_.attributes.size() >= kAttributesMax) return;
  span_.attributes.emplace_back(key, std::string(value.substr(0, kTextBytesMax)));
}

void Span::end() {
  auto* tracer = std::exchange(tracer_, nullptr);
  if (tracer == nullptr) return;
  span_.end_nanos = tracer->now_nanos();
  auto span = std::move(span_);
  span_ = {};
  tracer->take(std::move(span));
}

Tracer::Tracer(os::Clock& clock, os::Random& random, Metrics& metrics, std::size_t spans_max)
    : clock_(clock),
      random_(random),
      ended_(metrics.counter("dplake_spans_total", "Spans of traces that ended and were recorded")),
      spans_max_(spans_max),
      wall_offset_nanos_(clock.wall_micros() * 1000 - clock.monotonic_now().count()) {}

std::int64_t Tracer::now_nanos() const { return wall_offset_nanos_ + clock_.monotonic_now().count(); }

/// Random to others, and no two alike here.
std::uint64_t Tracer::new_id() {
  auto seed = seed_.load(std::memory_order_relaxed);
  if (seed == 0) {
    // Of several threads that come first one sets it, and all use that.
    const auto drawn = random_.next() | 1U;
    if (seed_.compare_exchange_strong(seed, drawn)) seed = drawn;
  }
  while (true) {
    const auto id = mixed(seed + last_id_.fetch_add(1, std::memory_order_relaxed));
    if (id != 0) return id;
  }
}

Span Tracer::begin(std::string_view name, const SpanContext& parent) {
  if (spans_max_ == 0) return {};
  FinishedSpan span;
  const bool goes_on = parent.is_valid();
  span.context.trace_high = goes_on ? parent.trace_high : new_id();
  span.context.trace_low = goes_on ? parent.trace_low : new_id();
  span.context.span_id = new_id();
  span.parent_id = goes_on ? parent.span_id : 0;
  span.name = name;
  span.start_nanos = now_nanos();
  return {*this, std::move(span)};
}

void Tracer::take(FinishedSpan span) {
  ended_.add();
  const MutexLock lock(mutex_);
  if (ring_.size() < spans_max_) {
    ring_.push_back(std::move(span));
    return;
  }
  ring_[next_] = std::move(span);
  next_ = (next_ + 1) % spans_max_;
}

std::vector<FinishedSpan> Tracer::finished() const {
  const MutexLock lock(mutex_);
  std::vector<FinishedSpan> spans;
  spans.reserve(ring_.size());
  for (std::size_t i = 0; i < ring_.size(); ++i) spans.push_back(ring_[(next_ + i) % ring_.size()]);
  return spans;
}

}  // namespace lake::telemetry
