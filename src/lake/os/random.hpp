#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "lake/base/mutex.hpp"

namespace lake::os {

/// Source of unpredictable (real) or seeded (simulated) bits. Threads: any.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

/// The kernel's generator; fit for tokens and identifiers.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

/// splitmix64 (Steele, Lea, Flood 2014): the same seed gives the same sequence.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  Mutex mutex_;
  std::uint64_t state_ LAKE_GUARDED_BY(mutex_);
};

/// UUID version 7 (RFC 9562): time-ordered by `unix_millis`, 74 random bits; 36 lower-case characters.
std::string uuid_v7(Random& random, std::int64_t unix_millis);

/// `byte_count` random bytes as lower-case hexadecimal.
std::string random_hex(Random& random, std::size_t byte_count);

}  // namespace lake::os
