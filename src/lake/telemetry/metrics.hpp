#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/mutex.hpp"

namespace lake::telemetry {

/// A number that only grows. Threads: any.
class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A number that goes up and down. Threads: any.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations in seconds, in fixed buckets from 100 us to 100 s. Threads: any.
class Histogram {
 public:
  void observe(double seconds);
  struct State {
    std::vector<double> bounds;
    std::vector<std::uint64_t> counts;
    std::uint64_t count;
    double sum;
  };
  [[nodiscard]] State state() const;

 private:
  static constexpr std::size_t kBucketCount = 19;
  std::atomic<std::uint64_t> counts_[kBucketCount + 1] = {};
  std::atomic<std::uint64_t> sum_nanos_{0};
};

using Labels = std::map<std::string, std::string>;

/// The one metrics registry; `server` owns it. Metrics live as long as the registry; asking again for the
/// same name and labels returns the same object. Names follow Prometheus: dplake_<subject>_<unit>[_total].
/// Bounds: at most 10,000 series; beyond that a shared overflow series is returned.
class Metrics {
 public:
  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {});
  /// Prometheus text exposition format 0.0.4.
  [[nodiscard]] std::string exposition() const;

 private:
  struct Family;
  struct Series;
  Series& series(const std::string& name, const std::string& help, const Labels& labels, int kind);
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Family>> families_ LAKE_GUARDED_BY(mutex_);
  std::size_t series_count_ LAKE_GUARDED_BY(mutex_) = 0;
};

}  // namespace lake::telemetry
