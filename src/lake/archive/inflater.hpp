#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct inflate_state;  // NOLINT(readability-identifier-naming): ISA-L's

namespace lake::archive {

/// CRC-32 of gzip and zip over bytes that arrive in pieces: begin with 0, pass the last result on.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes);

/// Decodes one raw DEFLATE stream (RFC 1951) piece by piece. Memory: about 90 KB. Threads: one at a time.
class Inflater {
 public:
  Inflater();
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  enum class State : std::uint8_t {
    kMore,      // out is full, or in is used up
    kFinished,  // the stream has ended and all of its content was given
    kWrong,     // not a DEFLATE stream; nothing more comes
  };
  struct Step {
    State state = State::kMore;
    std::size_t consumed = 0;  // of `in`; all of it unless out became full or the stream ended
    std::size_t produced = 0;  // in `out`
  };
  /// Goes on decoding. With `in` empty it gives what is still buffered.
  Step step(std::span<const std::byte> in, std::span<std::byte> out);

  /// Length of the stream so far, exact once it has finished. The decoder reads ahead: the end may lie in a
  /// piece that was passed before the last one.
  [[nodiscard]] std::uint64_t stream_bytes() const;
  /// Begins a new stream.
  void restart();

 private:
  std::unique_ptr<inflate_state> state_;
  std::uint64_t fed_bytes_ = 0;
  bool wrong_ = false;
};

}  // namespace lake::archive
