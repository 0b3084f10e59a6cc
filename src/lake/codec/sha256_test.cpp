#include "lake/codec/sha256.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "lake/codec/sha256_blocks.hpp"

namespace lake::codec {
namespace {

// FIPS 180-4 examples, as NIST publishes them.
constexpr const char* kOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kOfTwoBlocks = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
constexpr const char* kOfMillionA = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, PublishedExamples) {
  EXPECT_EQ(hex_of(sha256("")), kOfNothing);
  EXPECT_EQ(hex_of(sha256("abc")), kOfAbc);
  EXPECT_EQ(hex_of(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")), kOfTwoBlocks);
}

TEST(Sha256, PiecesAreOneText) {
  Sha256Stream stream;
  const std::string piece(1000, 'a');
  for (int i = 0; i < 1000; ++i) {
    stream.update(std::as_bytes(std::span(piece)));
    if (i == 500) static_cast<void>(stream.digest());
  }
  EXPECT_EQ(hex_of(stream.digest()), kOfMillionA);
}

std::string of_library(std::string_view bytes) {
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  EXPECT_EQ(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr), 1);
  Sha256 result{};
  std::copy(digest.begin(), digest.end(), result.begin());
  return hex_of(result);
}

std::string chance_bytes(std::mt19937& chance, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(chance());
  return bytes;
}

TEST(Sha256, EveryLengthIsThatOfTheLibrary) {
  std::mt19937 chance(11);
  for (std::size_t size = 0; size <= 300; ++size) {
    const auto bytes = chance_bytes(chance, size);
    EXPECT_EQ(hex_of(sha256(bytes)), of_library(bytes)) << size;
  }
}

enum class By : std::uint8_t { kLibrary, kProcessor };  // the latter where it can

Sha256Stream stream_by(By by) {
  std::optional<WithoutSha256Blocks> without;
  if (by == By::kLibrary) without.emplace();
  return Sha256Stream();
}

// Lengths around whole blocks, chunks and pieces more often than others; cut anywhere, into nothing too.
TEST(Sha256, LibraryAndProcessorAgreeWhateverTheLengthAndTheCuts) {
  std::mt19937 chance(13);
  constexpr std::array<std::size_t, 6> kEdges = {64, 128, 4096, 65'536, 1U << 20U, (1U << 20U) + 65'536};
  for (int round = 0; round < 150; ++round) {
    const auto near = kEdges[chance() % kEdges.size()] + chance() % 131 - 64;
    const auto text = chance_bytes(chance, round % 3 == 0 ? chance() % 3000 : near);
    std::vector<std::size_t> cuts{0, text.size()};
    for (auto count = chance() % 6; count > 0; --count) cuts.push_back(chance() % (text.size() + 1));
    std::sort(cuts.begin(), cuts.end());
    for (const auto by : {By::kLibrary, By::kProcessor}) {
      auto stream = stream_by(by);
      for (std::size_t i = 0; i + 1 < cuts.size(); ++i)
        stream.update(std::as_bytes(std::span(text).subspan(cuts[i], cuts[i + 1] - cuts[i])));
      ASSERT_EQ(hex_of(stream.digest()), of_library(text)) << static_cast<int>(by) << " " << text.size();
    }
  }
}

// Streams of both ways together, of lengths as unlike as a thumbnail and a film.
TEST(Sha256, UnlikeStreamsUpdatedTogetherAreAsAlone) {
  std::mt19937 chance(14);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> pieces(1 + chance() % 9);
    std::vector<Sha256Stream> streams;
    streams.reserve(pieces.size());
    std::vector<Sha256Stream*> all;
    std::vector<std::span<const std::byte>> spans;
    for (auto& piece : pieces) {
      const auto bits = chance() % 19;
      piece = chance_bytes(chance, chance() % ((std::size_t{1} << bits) + 1));
      all.push_back(&streams.emplace_back(stream_by(chance() % 4 == 0 ? By::kLibrary : By::kProcessor)));
      spans.push_back(std::as_bytes(std::span(piece)));
    }
    Sha256Stream::update_each(all, spans);
    Sha256Stream::update_each(all, spans);
    for (std::size_t i = 0; i < pieces.size(); ++i)
      ASSERT_EQ(hex_of(streams[i].digest()), of_library(pieces[i] + pieces[i])) << round << " " << i;
  }
}

// Of any number of streams, with pieces of any size, as if each were alone.
TEST(Sha256, StreamsUpdatedTogetherAreAsAlone) {
  std::mt19937 chance(12);
  for (const std::size_t count : {1, 2, 3, 4, 5, 9}) {
    std::vector<std::string> texts(count);
    std::vector<Sha256Stream> streams(count);
    for (int round = 0; round < 60; ++round) {
      std::vector<std::string> pieces(count);
      std::vector<Sha256Stream*> all;
      std::vector<std::span<const std::byte>> spans;
      for (std::size_t i = 0; i < count; ++i) {
        pieces[i] = chance_bytes(chance, chance() % 3 == 0 ? chance() % 64 : chance() % 700);
        if (round % 7 == 0) pieces[i].clear();
        texts[i] += pieces[i];
        all.push_back(&streams[i]);
        spans.push_back(std::as_bytes(std::span(pieces[i])));
      }
      Sha256Stream::update_each(all, spans);
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(hex_of(streams[i].digest()), of_library(texts[i])) << count << " " << round << " " << i;
    }
  }
}

TEST(Sha256, TextsAreReadBack) {
  const auto digest = sha256("abc");
  EXPECT_EQ(sha256_of_hex(kOfAbc), digest);
  EXPECT_EQ(sha256_of_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"), digest);
  EXPECT_EQ(sha256_of_base64("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="), digest);
  for (const auto* wrong : {"", "ba78", "zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}) {
    EXPECT_FALSE(sha256_of_hex(wrong)) << wrong;
  }
  for (const auto* wrong :
       {"", "ungW", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0",
        "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1=", "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="}) {
    EXPECT_FALSE(sha256_of_base64(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace lake::codec
