#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

struct XXH3_state_s;

namespace lake::codec {

/// XXH3, 64 bits, seed 0 (xxHash specification). Finds damage and spreads keys; not proof against an
/// adversary.
std::uint64_t xxh3_64(std::string_view bytes);

/// The same hash over bytes that arrive in pieces. Threads: one at a time.
class Xxh3Stream {
 public:
  Xxh3Stream();
  void update(std::string_view bytes);
  /// Hash of all bytes so far; more may follow.
  [[nodiscard]] std::uint64_t digest() const;

 private:
  struct Free {
    void operator()(XXH3_state_s* state) const;
  };
  std::unique_ptr<XXH3_state_s, Free> state_;
};

}  // namespace lake::codec
