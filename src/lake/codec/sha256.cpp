#include "lake/codec/sha256.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <new>

#include "lake/base/assert.hpp"
#include "lake/codec/sha256_blocks.hpp"

namespace lake::codec {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

/// The library fails here only without memory.
void must(int done) {
  if (done != 1) throw std::bad_alloc();
}

}  // namespace

std::string hex_of(const Sha256& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const auto byte : digest) text += {kDigits[byte >> 4U], kDigits[byte & 15U]};
  return text;
}

std::optional<Sha256> sha256_of_hex(std::string_view text) {
  Sha256 digest{};
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

std::optional<Sha256> sha256_of_base64(std::string_view text) {
  constexpr std::size_t kCharacters = 43;  // and one '=': 32 bytes are 10 groups of 3 and 2 bytes
  Sha256 digest{};
  if (text.size() != kCharacters + 1 || text.back() != '=') return std::nullopt;
  std::uint32_t bits = 0;
  unsigned count = 0;
  std::size_t at = 0;
  for (const char c : text.substr(0, kCharacters)) {
    const int value = base64_value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    digest[at++] = static_cast<std::uint8_t>(bits >> count);
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return digest;
}

void Sha256Stream::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256Stream::Sha256Stream() {
  if (has_sha256_blocks()) {
    state_ = kSha256Begin;
    return;
  }
  context_.reset(EVP_MD_CTX_new());
  must(context_ != nullptr ? 1 : 0);
  must(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Sha256Stream::update(std::span<const std::byte> bytes) {
  Sha256Stream* const self = this;
  update_each(std::span(&self, 1), std::span(&bytes, 1));
}

/// Ends the block that was begun; what is left of the bytes begins a new one.
std::span<const std::byte> Sha256Stream::fill_block(std::span<const std::byte> bytes) {
  const auto begun = static_cast<std::size_t>(bytes_ % kBlockBytes);
  bytes_ += bytes.size();
  if (begun == 0) return bytes;
  const auto count = std::min(bytes.size(), kBlockBytes - begun);
  std::copy_n(bytes.begin(), count, block_.begin() + static_cast<std::ptrdiff_t>(begun));
  if (begun + count == kBlockBytes) {
    Sha256Lane lane{state_.data(), block_.data(), 1};
    sha256_blocks(std::span(&lane, 1), 1);
  }
  return bytes.subspan(count);
}

void Sha256Stream::update_each(std::span<Sha256Stream* const> streams,
                               std::span<const std::span<const std::byte>> pieces) {
  LAKE_ASSERT(streams.size() == pieces.size());
  std::array<Sha256Lane, kTogether> lanes{};
  std::size_t count = 0;
  // Until no more lanes are in use than `left`.
  const auto work = [&](std::size_t left) {
    while (count > left) {
      auto blocks = lanes[0].blocks;
      for (std::size_t i = 1; i < count; ++i) blocks = std::min(blocks, lanes[i].blocks);
      sha256_blocks(std::span(lanes).first(count), blocks);
      const auto used = std::remove_if(lanes.begin(), lanes.begin() + static_cast<std::ptrdiff_t>(count),
                                       [](const Sha256Lane& lane) { return lane.blocks == 0; });
      count = static_cast<std::size_t>(used - lanes.begin());
    }
  };
  for (std::size_t i = 0; i < streams.size(); ++i) {
    auto& stream = *streams[i];
    if (stream.context_) {
      must(EVP_DigestUpdate(stream.context_.get(), pieces[i].data(), pieces[i].size()));
      continue;
    }
    if (pieces[i].empty()) continue;
    const auto rest = stream.fill_block(pieces[i]);
    const auto whole = rest.size() / kBlockBytes;
    if (whole > 0) lanes[count++] = {stream.state_.data(), rest.data(), whole};
    const auto begun = rest.subspan(whole * kBlockBytes);
    std::copy(begun.begin(), begun.end(), stream.block_.begin());
    if (count == kTogether) work(kTogether - 1);
  }
  work(0);
}

Sha256 Sha256Stream::digest() const {
  Sha256 digest{};
  if (!context_) {
    // A one, zeros, and the number of bits: in the block that was begun, or in one more.
    std::array<std::byte, 2 * kBlockBytes> end{};
    const auto begun = static_cast<std::size_t>(bytes_ % kBlockBytes);
    std::copy_n(block_.begin(), begun, end.begin());
    end[begun] = std::byte{0x80};
    const std::size_t blocks = begun + 9 <= kBlockBytes ? 1 : 2;
    for (unsigned i = 0; i < 8; ++i)
      end[blocks * kBlockBytes - 1 - i] = static_cast<std::byte>(bytes_ * 8 >> (8 * i));
    auto state = state_;
    Sha256Lane lane{state.data(), end.data(), blocks};
    sha256_blocks(std::span(&lane, 1), blocks);
    for (std::size_t i = 0; i < digest.size(); ++i)
      digest[i] = static_cast<std::uint8_t>(state[i / 4] >> (24 - 8 * (i % 4)));
    return digest;
  }
  const std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  must(copy != nullptr ? 1 : 0);
  must(EVP_MD_CTX_copy_ex(copy.get(), context_.get()));
  must(EVP_DigestFinal_ex(copy.get(), digest.data(), nullptr));
  return digest;
}

Sha256 sha256(std::string_view bytes) {
  Sha256Stream stream;
  stream.update(std::as_bytes(std::span(bytes)));
  return stream.digest();
}

}  // namespace lake::codec
