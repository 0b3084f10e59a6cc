#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lake::ingest {

/// Looks for the first byte of a text that is no UTF-8, piece by piece. Threads: one.
class Utf8Lines {
 public:
  struct Flaw {
    std::uint64_t line = 0;  // 1-based
    std::uint8_t byte = 0;
    bool is_cut = false;  // the text ends within a character
  };
  void add(std::span<const std::byte> piece);
  /// Nothing while all is well. A character that is not whole yet is a flaw after end() only.
  void end();
  [[nodiscard]] const std::optional<Flaw>& flaw() const { return flaw_; }

 private:
  bool step(std::uint8_t byte);
  std::uint64_t lines_ = 1;  // begun before the piece
  unsigned lacking_ = 0;     // bytes of a character
  std::uint8_t low_ = 0x80;  // bounds of the next of them
  std::uint8_t high_ = 0xBF;
  std::optional<Flaw> flaw_;
};

}  // namespace lake::ingest
