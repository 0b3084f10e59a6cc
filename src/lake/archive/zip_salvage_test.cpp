#include <gtest/gtest.h>

#include "lake/archive/archive_test_fixture.hpp"
#include "lake/archive/zip_headers.hpp"

namespace lake::archive {
namespace {

const OpenOptions kSalvage{.bounds = {}, .salvage = true, .kind = std::nullopt};

class ZipSalvageTest : public ArchiveTest {
 protected:
  void SetUp() override {
    zip_.add({.name = "plain.json", .content = sample_text(20'000, 1)});
    zip_.add({.name = "late.json", .content = sample_text(30'000, 2), .descriptor = true});
    zip_.add({.name = "photo.jpg", .content = sample_text(9'000, 3), .method = 0, .descriptor = true});
    zip_.add({.name = "wide.json", .content = sample_text(10'000, 4), .descriptor = true, .zip64 = true});
    zip_.add({.name = "bare.json",
              .content = sample_text(5'000, 5),
              .descriptor = true,
              .descriptor_signature = false});
    zip_.add({.name = "secret",
              .content = "????????????",
              .method = 0,
              .flags = kFlagEncrypted,
              .descriptor = true});
    zip_.add({.name = "last.json", .content = sample_text(40'000, 6)});
  }
  ZipTestWriter zip_;
};

TEST_F(ZipSalvageTest, WithoutTheDirectoryEveryWholeEntryIsFound) {
  const auto container = opened(zip_.local_part(), kSalvage);
  EXPECT_EQ(container->summary().salvaged->flaw, Flaw::kTruncated);
  EXPECT_FALSE(container->summary().entry_count);
  const auto walked = walk(*container);
  EXPECT_EQ(names(walked), "plain.json late.json photo.jpg wide.json bare.json secret last.json");
  EXPECT_EQ(walked.verdict, "truncated");
  EXPECT_TRUE(contains(walked.message, "7 entries were found")) << walked.message;
  EXPECT_TRUE(walked.gaps.empty());
  const std::pair<std::size_t, std::string> contents[] = {
      {0, sample_text(20'000, 1)}, {1, sample_text(30'000, 2)}, {2, sample_text(9'000, 3)},
      {3, sample_text(10'000, 4)}, {4, sample_text(5'000, 5)},  {6, sample_text(40'000, 6)}};
  for (const auto& [index, content] : contents) {
    const auto& entry = walked.entries.at(index);
    EXPECT_TRUE(entry.is_salvaged);
    EXPECT_FALSE(entry.flaw);
    EXPECT_EQ(entry.bytes, content.size());
    EXPECT_EQ(entry.crc32, crc_of(content));
    EXPECT_EQ(take(container->open_entry(entry)).content, content);
    EXPECT_EQ(take(container->open_entry(entry)).verdict, "complete");
  }
  EXPECT_EQ(walked.entries[5].flaw->flaw, Flaw::kEncrypted);
  EXPECT_EQ(walked.entries[5].stored_bytes, 12U);
}

TEST_F(ZipSalvageTest, EmptyContentWithADescriptorEndsAtOnce) {
  ZipTestWriter zip;
  zip.add({.name = "stored", .method = 0, .descriptor = true});
  zip.add({.name = "packed", .descriptor = true});
  zip.add({.name = "wide", .method = 0, .descriptor = true, .zip64 = true});
  zip.add("after", "x");
  const auto container = opened(zip.local_part(), kSalvage);
  const auto walked = walk(*container);
  EXPECT_EQ(names(walked), "stored packed wide after");
  for (const auto& entry : walked.entries) {
    EXPECT_EQ(take(container->open_entry(entry)).verdict, "complete") << entry.name;
  }
  EXPECT_TRUE(walked.gaps.empty());
}

TEST_F(ZipSalvageTest, AnyCutKeepsTheEntriesBeforeItAndSaysWhereItIs) {
  const std::string whole = zip_.finish();
  const auto all = walk(*opened(whole));
  for (std::size_t cut = 10; cut < whole.size(); cut += 997) {
    const std::string bytes = whole.substr(0, cut);
    EXPECT_TRUE(refusal(bytes).starts_with("corruption: ")) << "not without being asked";
    const auto container = opened(bytes, kSalvage);
    const auto walked = walk(*container);
    EXPECT_NE(walked.verdict, "complete");
    std::size_t complete = 0;
    for (const auto& entry : walked.entries) {
      const auto& known = all.entries.at(static_cast<std::size_t>(entry.index));
      EXPECT_EQ(entry.name, known.name);
      EXPECT_EQ(entry.header_offset, known.header_offset);
      if (!entry.flaw) ++complete;
      if (!entry.flaw) {
        EXPECT_EQ(take(container->open_entry(entry)).verdict, "complete");
      }
      if (entry.flaw && entry.flaw->flaw == Flaw::kTruncated) {
        const auto read = take(container->open_entry(entry));
        EXPECT_NE(read.verdict, "complete") << cut << entry.name;
        EXPECT_EQ(entry.index + 1, walked.entries.size()) << "only the last one is cut";
      }
    }
    std::size_t expected = 0;
    for (std::size_t i = 0; i < all.entries.size(); ++i) {
      const std::uint64_t end =
          i + 1 < all.entries.size() ? all.entries[i + 1].header_offset : zip_.local_part().size();
      if (end <= cut && i != 5) ++expected;
    }
    EXPECT_EQ(complete, expected) << cut;
  }
}

TEST_F(ZipSalvageTest, ADamagedDirectoryIsWalkedAroundToo) {
  std::string bytes = zip_.finish();
  bytes[zip_.local_part().size()] = 'X';
  const auto walked = walk(*opened(bytes, kSalvage));
  EXPECT_EQ(walked.entries.size(), 7U);
  EXPECT_NE(walked.verdict, "complete");
}

TEST_F(ZipSalvageTest, DamageInTheMiddleIsPassedOverAndMeasured) {
  std::string bytes = zip_.local_part();
  const auto whole = walk(*opened(zip_.finish()));
  const auto second = static_cast<std::size_t>(whole.entries[1].header_offset);
  bytes.replace(second, 50, std::string(50, '\x07'));  // its header, and the start of its content
  auto walked = walk(*opened(bytes, kSalvage));
  EXPECT_EQ(names(walked), "plain.json photo.jpg wide.json bare.json secret last.json");
  ASSERT_EQ(walked.gaps.size(), 1U);
  EXPECT_EQ(walked.gaps[0], (ByteRange{second, whole.entries[2].header_offset - second}));
  bytes = zip_.local_part();
  bytes.replace(second + 2000, 50, std::string(50, '\xFF'));  // only content
  const auto container = opened(bytes, kSalvage);
  walked = walk(*container);
  EXPECT_EQ(walked.entries.size(), 7U);
  ASSERT_TRUE(walked.entries[1].flaw);
  const auto read = take(container->open_entry(walked.entries[1]));
  EXPECT_NE(read.verdict, "complete");
  EXPECT_EQ(read.content.substr(0, 1000), sample_text(30'000, 2).substr(0, 1000))
      << "what comes before it is kept";
}

TEST_F(ZipSalvageTest, AStoredEntryWithOneWrongByteDoesNotSwallowTheOthers) {
  std::string bytes = zip_.local_part();
  const auto photo = static_cast<std::size_t>(walk(*opened(zip_.finish())).entries[2].header_offset);
  bytes[photo + 30 + 9 + 4000] ^= 1;
  const auto container = opened(bytes, kSalvage);
  const auto walked = walk(*container);
  EXPECT_EQ(names(walked), "plain.json late.json photo.jpg wide.json bare.json secret last.json");
  const auto read = take(container->open_entry(walked.entries[2]));
  EXPECT_EQ(read.verdict, "crc_mismatch");
  EXPECT_EQ(read.content.size(), 9'000U) << "the bytes are kept";
  // Sizes alone, with no header behind them, are content like any other.
  ZipTestWriter zip;
  const std::string lookalike =
      "text" + little(0x08074B50, 4) + little(0, 4) + little(4, 4) + little(4, 4) + "more";
  zip.add({.name = "a", .content = lookalike, .method = 0, .descriptor = true});
  zip.add("b", "x");
  const auto other = opened(zip.local_part(), kSalvage);
  const auto both = walk(*other);
  ASSERT_EQ(names(both), "a b");
  EXPECT_EQ(take(other->open_entry(both.entries[0])).content, lookalike);
}

TEST_F(ZipSalvageTest, ABombWithoutDeclaredSizeStops) {
  ZipTestWriter zip;
  zip.add({.name = "bomb", .content = std::string(8U << 20U, '\0'), .descriptor = true});
  zip.add("good", "content");
  OpenOptions options = kSalvage;
  options.bounds.ratio_free_bytes = 1U << 20U;
  const auto container = opened(zip.local_part(), options);
  const auto walked = walk(*container);
  EXPECT_EQ(names(walked), "bomb good");
  EXPECT_EQ(container->open_entry(walked.entries[0]).error().code(), ErrorCode::kResourceExhausted);
}

TEST_F(ZipSalvageTest, AnInnerZipIsNotTakenForTheOuterOne) {
  ZipTestWriter inner;
  inner.add("inner.txt", "inner");
  ZipTestWriter outer;
  outer.add("before.txt", "before");
  outer.add({.name = "inner.zip", .content = inner.finish(), .method = 0});
  // cut right behind the inner zip: its end record is the last thing in the file
  EXPECT_TRUE(contains(refusal(outer.local_part()), "another zip inside"));
  const auto walked = walk(*opened(outer.local_part(), kSalvage));
  EXPECT_EQ(names(walked), "before.txt inner.zip");
}

TEST_F(ZipSalvageTest, ADirectoryInTheMiddleDoesNotEndTheWalk) {
  ZipTestWriter inner;
  inner.add("inner.txt", "inner");
  ZipTestWriter outer;
  outer.add("before.txt", "before");
  const auto broken = outer.add({.name = "inner.zip", .content = inner.finish(), .method = 0});
  const auto after = outer.add("after.txt", "after");
  std::string bytes = outer.local_part();
  bytes.replace(broken, 30, std::string(30, '\x07'));  // nothing tells any more that inner.zip is one entry
  const auto container = opened(bytes, kSalvage);
  auto walked = walk(*container);
  EXPECT_EQ(names(walked), "before.txt inner.txt after.txt");
  ASSERT_EQ(walked.gaps.size(), 2U);
  EXPECT_EQ(walked.gaps[1].end(), after);
  EXPECT_EQ(take(container->open_entry(walked.entries.back())).content, "after");
  // two zips, one behind the other: both are found
  ZipTestWriter second;
  second.add("second.txt", "second");
  walked = walk(*opened(outer.finish() + second.finish(), kSalvage));
  EXPECT_EQ(names(walked), "before.txt inner.zip after.txt second.txt");
}

TEST_F(ZipSalvageTest, BrokenStreamsCannotMakeItReadTheFileForEver) {
  // Each entry claims to be compressed, runs through all that follow it, and breaks at the end.
  ZipTestWriter zip;
  const std::string stored_block("\x00\xFF\xFF\x00\x00", 5);
  for (int i = 0; i < 2000; ++i) zip.add({.name = "a", .descriptor = true, .stored = stored_block});
  zip.add_raw(std::string(70'000, '\xFF'));
  OpenOptions options = kSalvage;
  options.bounds.ratio_free_bytes = 1U << 20U;
  options.bounds.ratio_max = 20;
  const auto container = opened(zip.local_part(), options);
  const auto walked = walk(*container);
  EXPECT_EQ(walked.verdict, "bound");
  EXPECT_GT(walked.entries.size(), 2U);
  EXPECT_LT(walked.entries.size(), 200U);
}

TEST_F(ZipSalvageTest, OnlyALostDirectoryIsSalvaged) {
  EXPECT_TRUE(refusal(zip_.finish({.disk = 1}), kSalvage).starts_with("unsupported: "));
  OpenOptions options = kSalvage;
  options.bounds.entry_count_max = 3;
  EXPECT_TRUE(refusal(zip_.finish(), options).starts_with("resource_exhausted: "));
  EXPECT_EQ(walk(*opened(zip_.local_part(), options)).verdict, "bound");
}

}  // namespace
}  // namespace lake::archive
