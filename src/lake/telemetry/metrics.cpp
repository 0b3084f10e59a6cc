#include "lake/telemetry/metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <iterator>

#include "lake/base/assert.hpp"

namespace lake::telemetry {
namespace {

constexpr std::size_t kSeriesMax = 10'000;
constexpr std::array<double, 19> kBounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                            0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5,
                                            5,      10,      25,     50,    100};
constexpr double kNanosPerSecond = 1e9;
constexpr double kSecondsMax = 1e9;  // keeps one wild observation from overflowing the sum

enum Kind : int { kCounter, kGauge, kHistogram };
constexpr const char* kKindNames[] = {"counter", "gauge", "histogram"};

bool is_name(const std::string& name, bool colon_allowed) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && !(c >= '0' && c <= '9') && c != '_' && !(colon_allowed && c == ':')) return false;
  }
  return true;
}

std::string escaped(std::string_view text, bool quote) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quote) {
      out += "\\\"";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

/// `a="x",b="y"` in name order, without braces.
std::string rendered(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    LAKE_ASSERT(is_name(name, false) && name != "le");
    if (!text.empty()) text.push_back(',');
    text += name + "=\"" + escaped(value, true) + "\"";
  }
  return text;
}

void append_sample(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels,
                   std::string_view value) {
  out.append(name).append(suffix);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  out.append(" ").append(value).append("\n");
}

void append_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const Histogram& histogram) {
  const Histogram::State state = histogram.state();
  const std::string prefix = labels.empty() ? "" : labels + ",";
  std::uint64_t cumulated = 0;
  for (std::size_t i = 0; i < state.bounds.size(); ++i) {
    cumulated += state.counts[i];
    append_sample(out, name, "_bucket", fmt::format("{}le=\"{}\"", prefix, state.bounds[i]),
                  fmt::to_string(cumulated));
  }
  append_sample(out, name, "_bucket", prefix + "le=\"+Inf\"", fmt::to_string(state.count));
  append_sample(out, name, "_sum", labels, fmt::to_string(state.sum));
  append_sample(out, name, "_count", labels, fmt::to_string(state.count));
}

}  // namespace

struct Metrics::Series {
  Counter counter;
  Gauge gauge;
  std::unique_ptr<Histogram> histogram;  // made for histograms only, it is large
};

struct Metrics::Family {
  std::string help;
  int kind = kCounter;
  std::map<std::string, Series> series;  // by rendered labels; node addresses are stable
};

void Histogram::observe(double seconds) {
  if (!(seconds > 0)) seconds = 0;  // NaN too
  if (seconds > kSecondsMax) seconds = kSecondsMax;
  std::size_t bucket = 0;
  while (bucket < kBucketCount && seconds > kBounds[bucket]) ++bucket;
  counts_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_nanos_.fetch_add(static_cast<std::uint64_t>(std::llround(seconds * kNanosPerSecond)),
                       std::memory_order_relaxed);
}

Histogram::State Histogram::state() const {
  static_assert(kBounds.size() == kBucketCount);
  State state{{kBounds.begin(), kBounds.end()}, {}, 0, 0};
  for (const auto& count : counts_) {
    state.counts.push_back(count.load(std::memory_order_relaxed));
    state.count += state.counts.back();
  }
  state.sum = static_cast<double>(sum_nanos_.load(std::memory_order_relaxed)) / kNanosPerSecond;
  return state;
}

Metrics::Series& Metrics::series(const std::string& name, const std::string& help, const Labels& labels,
                                 int kind) {
  LAKE_ASSERT(is_name(name, true));
  const std::string key = rendered(labels);
  const MutexLock lock(mutex_);
  const auto found = families_.find(name);
  if (found != families_.end()) {
    LAKE_ASSERT(found->second->kind == kind);
    const auto series = found->second->series.find(key);
    if (series != found->second->series.end()) return series->second;
  }
  const bool full = series_count_ >= kSeriesMax;
  const std::string family_name = full ? fmt::format("dplake_overflow_{}", kKindNames[kind]) : name;
  auto& family = families_[family_name];
  if (!family) {
    family = std::make_shared<Family>();
    family->help = full ? "What was measured beyond the bound on the number of series" : help;
    family->kind = kind;
  }
  const auto [entry, made] = family->series.try_emplace(full ? std::string() : key);
  if (made) {
    ++series_count_;
    if (kind == kHistogram) entry->second.histogram = std::make_unique<Histogram>();
  }
  return entry->second;
}

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  return series(name, help, labels, kCounter).counter;
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return series(name, help, labels, kGauge).gauge;
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels) {
  return *series(name, help, labels, kHistogram).histogram;
}

std::string Metrics::exposition() const {
  std::string out;
  const MutexLock lock(mutex_);
  for (const auto& [name, family] : families_) {
    fmt::format_to(std::back_inserter(out), "# HELP {} {}\n# TYPE {} {}\n", name,
                   escaped(family->help, false), name, kKindNames[family->kind]);
    for (const auto& [labels, series] : family->series) {
      switch (family->kind) {
        case kCounter:
          append_sample(out, name, "", labels, fmt::to_string(series.counter.value()));
          break;
        case kGauge:
          append_sample(out, name, "", labels, fmt::to_string(series.gauge.value()));
          break;
        default:
          append_histogram(out, name, labels, *series.histogram);
          break;
      }
    }
  }
  return out;
}

}  // namespace lake::telemetry
