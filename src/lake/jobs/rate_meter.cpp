#include "lake/jobs/rate_meter.hpp"

#include <algorithm>

namespace lake::jobs {

void RateMeter::restart(os::MonotonicTime now, std::uint64_t bytes, std::uint64_t rows) {
  samples_[0] = {now, bytes, rows};
  next_ = 1;
  count_ = 1;
}

void RateMeter::note(os::MonotonicTime now, std::uint64_t bytes, std::uint64_t rows) {
  if (count_ > 0 && now - samples_[(next_ + kSamplesMax - 1) % kSamplesMax].at < kStep) return;
  samples_[next_] = {now, bytes, rows};
  next_ = (next_ + 1) % kSamplesMax;
  count_ = std::min(count_ + 1, kSamplesMax);
}

RateMeter::Rates RateMeter::rates(os::MonotonicTime now, std::uint64_t bytes, std::uint64_t rows) const {
  if (count_ == 0) return {};
  const auto& oldest = samples_[(next_ + kSamplesMax - count_) % kSamplesMax];
  const std::chrono::duration<double> span = now - oldest.at;
  if (span.count() <= 0 || bytes < oldest.bytes || rows < oldest.rows) return {};
  return {static_cast<double>(bytes - oldest.bytes) / span.count(),
          static_cast<double>(rows - oldest.rows) / span.count()};
}

}  // namespace lake::jobs
