#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lake::codec {

/// The state before the first block.
inline constexpr std::array<std::uint32_t, 8> kSha256Begin = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                                              0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};

/// A content of which blocks of 64 bytes are to be added to its state.
struct Sha256Lane {
  std::uint32_t* state = nullptr;    // eight words
  const std::byte* bytes = nullptr;  // the next block
  std::size_t blocks = 0;            // that are left
};

/// The processor has instructions for SHA-256 that are used here.
bool has_sha256_blocks();
/// While it lives, streams that begin are computed as on a processor without. For tests. Threads: one.
class WithoutSha256Blocks {
 public:
  WithoutSha256Blocks();
  ~WithoutSha256Blocks();
  WithoutSha256Blocks(const WithoutSha256Blocks&) = delete;
  WithoutSha256Blocks& operator=(const WithoutSha256Blocks&) = delete;
};
/// Adds the next `blocks` blocks of each lane to its state, and moves the lanes on. At most 4 lanes, each
/// with as many blocks. Only where has_sha256_blocks().
void sha256_blocks(std::span<Sha256Lane> lanes, std::size_t blocks);

}  // namespace lake::codec
