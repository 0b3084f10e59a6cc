#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "lake/os/clock.hpp"

namespace lake::jobs {

/// How quickly two counters grow, over the last ten seconds or so: long enough to be calm, short enough to
/// follow. Threads: one at a time.
class RateMeter {
 public:
  /// Forgets the past: from here the counters grow.
  void restart(os::MonotonicTime now, std::uint64_t bytes, std::uint64_t rows);
  /// The counters stand so now. Cheap when it is called often.
  void note(os::MonotonicTime now, std::uint64_t bytes, std::uint64_t rows);

  struct Rates {
    double bytes_per_second = 0;
    double rows_per_second = 0;
  };
  /// 0 before anything can be told.
  [[nodiscard]] Rates rates(os::MonotonicTime now, std::uint64_t bytes, std::uint64_t rows) const;

 private:
  static constexpr std::chrono::milliseconds kStep{500};
  static constexpr std::size_t kSamplesMax = 20;
  struct Sample {
    os::MonotonicTime at{};
    std::uint64_t bytes = 0;
    std::uint64_t rows = 0;
  };
  std::array<Sample, kSamplesMax> samples_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

}  // namespace lake::jobs
