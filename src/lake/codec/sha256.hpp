#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace lake::codec {

/// A SHA-256 digest (FIPS 180-4): names content, also against an adversary.
using Sha256 = std::array<std::uint8_t, 32>;

/// 64 lower-case hexadecimal digits.
std::string hex_of(const Sha256& digest);
/// Of 64 hexadecimal digits in either case; nothing when it is not that.
std::optional<Sha256> sha256_of_hex(std::string_view text);
/// Of 44 characters of Base64 (RFC 4648, section 4); nothing when it is not that.
std::optional<Sha256> sha256_of_base64(std::string_view text);

/// SHA-256 over bytes that arrive in pieces, by the processor's own instructions where it has them.
/// Threads: one at a time.
class Sha256Stream {
 public:
  Sha256Stream();
  void update(std::span<const std::byte> bytes);
  /// Updates each stream with its piece, as update() would. Each round of SHA-256 waits for the one before
  /// it: beside those of other streams they take little more than half of the time. At most kTogether streams
  /// are worked on at once; more are no error.
  static void update_each(std::span<Sha256Stream* const> streams,
                          std::span<const std::span<const std::byte>> pieces);
  static constexpr std::size_t kTogether = 4;
  /// Of all bytes so far; more may follow.
  [[nodiscard]] Sha256 digest() const;

 private:
  static constexpr std::size_t kBlockBytes = 64;
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::span<const std::byte> fill_block(std::span<const std::byte> bytes);

  // With the processor's instructions.
  std::array<std::uint32_t, 8> state_{};
  std::array<std::byte, kBlockBytes> block_{};  // begun: bytes_ % kBlockBytes of it
  std::uint64_t bytes_ = 0;
  // Without.
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

Sha256 sha256(std::string_view bytes);

}  // namespace lake::codec
