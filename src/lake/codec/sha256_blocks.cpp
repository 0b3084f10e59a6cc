// The compression function of SHA-256 (FIPS 180-4, section 6.2.2) by the SHA extensions of x86-64, for one
// content or for several beside each other.
#include "lake/codec/sha256_blocks.hpp"

#include <atomic>

#include "lake/base/assert.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace lake::codec {

namespace {
std::atomic<bool> is_without{false};
}  // namespace

WithoutSha256Blocks::WithoutSha256Blocks() { is_without = true; }
WithoutSha256Blocks::~WithoutSha256Blocks() { is_without = false; }

#if defined(__x86_64__)

namespace {

constexpr std::size_t kBlockBytes = 64;

// FIPS 180-4, section 4.2.2.
alignas(64) constexpr std::array<std::uint32_t, 64> kConstants = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2};

bool find_instructions() {
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || (ecx & bit_SSE4_1) == 0 || (ecx & bit_SSSE3) == 0)
    return false;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & bit_SHA) != 0;
}

/// Loops over lanes are unrolled, so that what is kept of each stays in registers.
template <std::size_t kLanes>
__attribute__((target("sha,sse4.1,ssse3"))) void add_blocks(Sha256Lane* lanes, std::size_t blocks) {
  // Words are big-endian in the content.
  const __m128i order = _mm_set_epi64x(0x0C0D0E0F08090A0BLL, 0x0405060700010203LL);
  // The instructions take the eight words as (A B E F) and (C D G H).
  __m128i abef[kLanes];
  __m128i cdgh[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) {
    const auto* state = reinterpret_cast<const __m128i*>(lanes[i].state);
    const auto badc = _mm_shuffle_epi32(_mm_loadu_si128(state), 0xB1);
    const auto hgfe = _mm_shuffle_epi32(_mm_loadu_si128(state + 1), 0x1B);
    abef[i] = _mm_alignr_epi8(badc, hgfe, 8);
    cdgh[i] = _mm_blend_epi16(hgfe, badc, 0xF0);
  }
  for (; blocks > 0; --blocks) {
    __m128i words[kLanes][4];
    __m128i first[kLanes];
    __m128i second[kLanes];
    for (std::size_t i = 0; i < kLanes; ++i) {
      first[i] = abef[i];
      second[i] = cdgh[i];
      const auto* block = reinterpret_cast<const __m128i*>(lanes[i].bytes);
      for (int part = 0; part < 4; ++part)
        words[i][part] = _mm_shuffle_epi8(_mm_loadu_si128(block + part), order);
      lanes[i].bytes += kBlockBytes;
    }
#pragma GCC unroll 16
    for (unsigned step = 0; step < 16; ++step) {  // four rounds each
      const auto constants =
          _mm_load_si128(reinterpret_cast<const __m128i*>(kConstants.data() + std::size_t{4} * step));
#pragma GCC unroll 4
      for (std::size_t i = 0; i < kLanes; ++i) {
        auto& now = words[i][step % 4];
        const auto sum = _mm_add_epi32(now, constants);
        second[i] = _mm_sha256rnds2_epu32(second[i], first[i], sum);
        first[i] = _mm_sha256rnds2_epu32(first[i], second[i], _mm_shuffle_epi32(sum, 0x0E));
        if (step < 12) {  // the words of four steps later
          const auto last = words[i][(step + 3) % 4];
          const auto begun = _mm_add_epi32(_mm_sha256msg1_epu32(now, words[i][(step + 1) % 4]),
                                           _mm_alignr_epi8(last, words[i][(step + 2) % 4], 4));
          now = _mm_sha256msg2_epu32(begun, last);
        }
      }
    }
    for (std::size_t i = 0; i < kLanes; ++i) {
      abef[i] = _mm_add_epi32(abef[i], first[i]);
      cdgh[i] = _mm_add_epi32(cdgh[i], second[i]);
    }
  }
  for (std::size_t i = 0; i < kLanes; ++i) {
    auto* state = reinterpret_cast<__m128i*>(lanes[i].state);
    const auto feba = _mm_shuffle_epi32(abef[i], 0x1B);
    const auto dchg = _mm_shuffle_epi32(cdgh[i], 0xB1);
    _mm_storeu_si128(state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128(state + 1, _mm_alignr_epi8(dchg, feba, 8));
  }
}

}  // namespace

bool has_sha256_blocks() {
  static const bool has = find_instructions();
  return has && !is_without.load(std::memory_order_relaxed);
}

void sha256_blocks(std::span<Sha256Lane> lanes, std::size_t blocks) {
  switch (lanes.size()) {
    case 1:
      add_blocks<1>(lanes.data(), blocks);
      break;
    case 2:
      add_blocks<2>(lanes.data(), blocks);
      break;
    case 3:
      add_blocks<3>(lanes.data(), blocks);
      break;
    default:
      LAKE_ASSERT(lanes.size() == 4);
      add_blocks<4>(lanes.data(), blocks);
  }
  for (auto& lane : lanes) lane.blocks -= blocks;
}

#else

bool has_sha256_blocks() { return false; }

void sha256_blocks(std::span<Sha256Lane> /*lanes*/, std::size_t /*blocks*/) { LAKE_ASSERT(false); }

#endif

}  // namespace lake::codec
