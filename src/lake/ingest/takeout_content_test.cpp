#include "lake/ingest/takeout_content.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace lake::ingest {
namespace {

/// Bytes that tell their place, then their end or damage.
class CountedSource final : public archive::ByteSource {
 public:
  CountedSource(std::uint64_t bytes, bool is_damaged) : bytes_(bytes), is_damaged_(is_damaged) {}
  archive::Sound<std::size_t> read(std::span<std::byte> out) override {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), bytes_ - position_));
    for (std::size_t i = 0; i < count; ++i) out[i] = at(position_ + i);
    position_ += count;
    if (count == 0 && is_damaged_) return archive::Finding(archive::Flaw::kDamaged, position_, "damaged");
    return count;
  }
  [[nodiscard]] std::uint64_t file_offset() const override { return position_; }
  static std::byte at(std::uint64_t place) { return static_cast<std::byte>((place * 2654435761U) >> 11U); }

 private:
  const std::uint64_t bytes_;
  const bool is_damaged_;
  std::uint64_t position_ = 0;
};

archive::EntryReader reader_of(std::uint64_t bytes, bool is_damaged = false) {
  archive::EntryReader::Expectation expected;
  expected.archive = "a";
  expected.entry = "e";
  expected.stored_bytes = bytes;
  return {std::make_unique<CountedSource>(bytes, is_damaged), std::move(expected)};
}

constexpr std::uint64_t kBytes = (9U << 20U) + 12345U;

/// Everything read() gives, in pieces of an odd size; fails the test when a byte is not the one of its place.
std::uint64_t read_all(EntryContent& content, std::uint64_t bytes_max = UINT64_MAX) {
  std::vector<std::byte> piece(100'003);
  std::uint64_t place = 0;
  while (place < bytes_max) {
    const auto read = content.read(piece);
    if (!read || *read == 0) break;
    for (std::size_t i = 0; i < *read; ++i) {
      if (piece[i] != CountedSource::at(place + i)) ADD_FAILURE() << "at " << place + i;
    }
    place += *read;
  }
  return place;
}

TEST(EntryContent, ReadAheadGivesTheSameBytesAndTheSameHash) {
  ReadingPulse pulse;
  auto plain_reader = reader_of(kBytes);
  EntryContent plain(plain_reader, pulse);
  EXPECT_EQ(read_all(plain), kBytes);
  auto reader = reader_of(kBytes);
  EntryContent content(reader, pulse);
  content.read_ahead(std::nullopt);
  EXPECT_EQ(read_all(content), kBytes);
  EXPECT_EQ(content.bytes(), kBytes);
  EXPECT_EQ(content.hash(), plain.hash());
  EXPECT_FALSE(content.failure());
  EXPECT_EQ(pulse.content_bytes, 2 * kBytes);
}

TEST(EntryContent, WhatNobodyWantsIsDrained) {
  ReadingPulse pulse;
  auto reader = reader_of(kBytes);
  EntryContent content(reader, pulse);
  content.read_ahead(kBytes);
  EXPECT_GE(read_all(content, 1U << 20U), 1U << 20U);
  content.drain();
  EXPECT_EQ(content.bytes(), kBytes);
}

TEST(EntryContent, WhoListensHearsEveryByteOnceWhoeverTakesIt) {
  for (const bool is_ahead : {false, true}) {
    ReadingPulse pulse;
    auto reader = reader_of(kBytes);
    EntryContent content(reader, pulse);
    codec::Xxh3Stream heard;
    std::uint64_t bytes = 0;
    content.tap([&](std::span<const std::byte> piece) {
      heard.update({reinterpret_cast<const char*>(piece.data()), piece.size()});
      bytes += piece.size();
    });
    if (is_ahead) content.read_ahead(kBytes);
    EXPECT_GE(read_all(content, 1U << 20U), 1U << 20U);
    content.drain();
    EXPECT_EQ(bytes, kBytes);
    EXPECT_EQ(heard.digest(), content.hash());
  }
}

TEST(EntryContent, DamageComesAfterEveryByteThatCouldBeHad) {
  ReadingPulse pulse;
  auto reader = reader_of(kBytes, true);
  EntryContent content(reader, pulse);
  content.read_ahead(kBytes);
  EXPECT_EQ(read_all(content), kBytes);
  ASSERT_TRUE(content.failure());
  EXPECT_EQ(content.failure()->code(), ErrorCode::kCorruption);
  EXPECT_TRUE(reader.finding());
  EXPECT_FALSE(content.is_stopped());
}

TEST(EntryContent, AStoppedImportEndsReadingEarly) {
  for (const bool is_ahead : {false, true}) {
    ReadingPulse pulse;
    auto reader = reader_of(1ULL << 40U);
    EntryContent content(reader, pulse);
    if (is_ahead) content.read_ahead(std::nullopt);
    EXPECT_GE(read_all(content, 1U << 20U), 1U << 20U);
    pulse.stopped = true;
    content.drain();
    EXPECT_TRUE(content.is_stopped());
  }
}

TEST(EntryContent, ItCanBeLeftWithoutReadingOn) {
  ReadingPulse pulse;
  auto reader = reader_of(1ULL << 40U);
  EntryContent content(reader, pulse);
  content.read_ahead(std::nullopt);
}

}  // namespace
}  // namespace lake::ingest
