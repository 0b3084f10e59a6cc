#include "lake/archive/inflater.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "lake/archive/archive_test_fixture.hpp"

namespace lake::archive {
namespace {

struct Inflated {
  std::string content;
  Inflater::State state = Inflater::State::kMore;
  std::uint64_t stream_bytes = 0;
};

Inflated inflated(std::string_view in, std::size_t in_piece, std::size_t out_piece) {
  Inflater inflater;
  Inflated result;
  std::string out(out_piece, '\0');
  while (result.state == Inflater::State::kMore) {
    const auto piece = in.substr(0, in_piece);
    const auto step = inflater.step(std::as_bytes(std::span(piece)), std::as_writable_bytes(std::span(out)));
    EXPECT_LE(step.consumed, piece.size());
    in.remove_prefix(std::min(step.consumed, piece.size()));
    result.content.append(out, 0, step.produced);
    result.state = step.state;
    if (piece.empty() && step.produced == 0) break;
  }
  result.stream_bytes = inflater.stream_bytes();
  return result;
}

TEST(Inflater, AnyCutGivesTheContentAndTheExactEndOfTheStream) {
  for (const int level : {0, 1, 6, 9}) {
    for (const std::size_t bytes : {0, 1, 5, 1000, 70'000, 300'000}) {
      const std::string content = sample_text(bytes);
      const std::string stream = deflated(content, -15, level);
      for (const std::size_t in_piece :
           {std::size_t{1}, std::size_t{7}, std::size_t{4096}, std::size_t{1} << 20U}) {
        for (const std::size_t out_piece : {std::size_t{3}, std::size_t{512}, std::size_t{100'000}}) {
          if (bytes > 1000 && (in_piece < 7 || out_piece < 512)) continue;
          const auto result = inflated(stream + "what follows the stream", in_piece, out_piece);
          ASSERT_EQ(result.state, Inflater::State::kFinished);
          ASSERT_EQ(result.content, content);
          ASSERT_EQ(result.stream_bytes, stream.size()) << "cut into " << in_piece << ", " << out_piece;
        }
      }
    }
  }
}

TEST(Inflater, AStreamCutOffDoesNotFinish) {
  const std::string stream = deflated(sample_text(5000));
  for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, stream.size() / 2, stream.size() - 1})
    EXPECT_EQ(inflated(stream.substr(0, cut), 4096, 4096).state, Inflater::State::kMore) << cut;
}

TEST(Inflater, WrongBytesAreNoStream) {
  EXPECT_EQ(inflated("\x07\xFF\xFF", 10, 10).state, Inflater::State::kWrong) << "block type 3";
  EXPECT_EQ(inflated(std::string("\x01\x05\x00\x00\x00", 5), 10, 10).state, Inflater::State::kWrong)
      << "length and its complement";
  // fixed code: a match of length 3 and distance 1 with nothing before it
  EXPECT_EQ(inflated(std::string("\x03\x02\x00\x00", 4), 10, 10).state, Inflater::State::kWrong)
      << "distance";
}

TEST(Inflater, NeverTakesMoreThanItWasGiven) {
  // The decoder counts bytes that are not there where a damaged stream ends soon after a wrong distance.
  const std::string good = deflated(sample_text(300));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    inflated(bad, bad.size(), 4096);
    inflated(bad.substr(0, bad.size() - 3), bad.size(), 4096);
  }
}

TEST(Inflater, AgreesWithZlibOnDamagedStreams) {
  const std::string content = sample_text(20'000);
  const std::string good = deflated(content);
  int differing = 0;
  for (std::size_t at = 0; at < good.size(); at += 37) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    std::string expected(200'000, '\0');
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, -15), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(bad.data());
    stream.avail_in = static_cast<uInt>(bad.size());
    stream.next_out = reinterpret_cast<Bytef*>(expected.data());
    stream.avail_out = static_cast<uInt>(expected.size());
    const int code = inflate(&stream, Z_FINISH);
    expected.resize(stream.total_out);
    inflateEnd(&stream);
    const auto result = inflated(bad, 1000, 1000);
    if (code == Z_STREAM_END) {
      EXPECT_EQ(result.state, Inflater::State::kFinished);
      EXPECT_EQ(result.content, expected);
    } else if (code == Z_DATA_ERROR) {
      // How much comes before the error differs; that it agrees as far as both go does not.
      differing += result.state != Inflater::State::kWrong ? 1 : 0;
      const std::size_t both = std::min(expected.size(), result.content.size());
      EXPECT_EQ(result.content.substr(0, both), expected.substr(0, both));
    }
  }
  EXPECT_EQ(differing, 0);
}

TEST(Crc32, IsTheOneOfZipAndGoesOnInPieces) {
  const std::string text = "123456789";
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(crc32(0, bytes), 0xCBF43926U);
  EXPECT_EQ(crc32(crc32(0, bytes.first(4)), bytes.subspan(4)), 0xCBF43926U);
}

}  // namespace
}  // namespace lake::archive
