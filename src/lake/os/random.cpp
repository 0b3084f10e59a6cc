#include "lake/os/random.hpp"

#include <sys/random.h>

#include <cstddef>

#include "lake/base/assert.hpp"

namespace lake::os {

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  std::size_t filled = 0;
  auto* bytes = reinterpret_cast<unsigned char*>(&value);
  while (filled < sizeof value) {
    const ssize_t count = ::getrandom(bytes + filled, sizeof value - filled, 0);
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  return value;
}

std::uint64_t SeededRandom::next() {
  const MutexLock lock(mutex_);
  state_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

namespace {
constexpr char kHex[] = "0123456789abcdef";
}

std::string random_hex(Random& random, std::size_t byte_count) {
  std::string text;
  text.reserve(byte_count * 2);
  for (std::size_t i = 0; i < byte_count; i += 8) {
    std::uint64_t bits = random.next();
    for (std::size_t j = 0; j < 8 && i + j < byte_count; ++j, bits >>= 8U) {
      text.push_back(kHex[(bits >> 4U) & 15U]);
      text.push_back(kHex[bits & 15U]);
    }
  }
  return text;
}

std::string uuid_v7(Random& random, std::int64_t unix_millis) {
  LAKE_ASSERT(unix_millis >= 0);
  const auto millis = static_cast<std::uint64_t>(unix_millis) & 0xFFFFFFFFFFFFULL;
  const std::uint64_t high = (millis << 16U) | 0x7000ULL | (random.next() & 0xFFFULL);
  const std::uint64_t low = 0x8000000000000000ULL | (random.next() & 0x3FFFFFFFFFFFFFFFULL);
  std::string text;
  text.reserve(36);
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) text.push_back('-');
    const std::uint64_t word = i < 16 ? high : low;
    text.push_back(kHex[(word >> (60U - 4U * static_cast<unsigned>(i % 16))) & 15U]);
  }
  return text;
}

}  // namespace lake::os
