#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "lake/archive/archive_test_fixture.hpp"
#include "lake/archive/zip_headers.hpp"

namespace lake::archive {
namespace {

class ZipTest : public ArchiveTest {
 protected:
  Entry only(Container& container) {
    auto walked = walk(container);
    EXPECT_EQ(walked.entries.size(), 1U);
    return walked.entries.at(0);
  }
  /// Verdict of reading the first entry of a zip of one item.
  Taken taken(const ZipItem& item, const OpenOptions& options = {}) {
    ZipTestWriter zip;
    zip.add(item);
    const auto container = opened(zip.finish(), options);
    const Entry entry = only(*container);
    return take(container->open_entry(entry));
  }
};

TEST_F(ZipTest, WhatIsReadSoonIsAskedForWhereItLies) {
  const std::string photo(6U << 20U, 'p');
  ZipTestWriter zip;
  zip.add({.name = "small.jpg", .content = "0123456789", .method = 0});
  zip.add({.name = "large.jpg", .content = photo, .method = 0});
  zip.add({.name = "beyond.jpg", .content = "x", .method = 0, .stored_bytes = 1U << 30U});
  const auto container = opened(zip.finish());
  const auto walked = walk(*container);
  ASSERT_EQ(walked.entries.size(), 3U);
  auto& asked = metrics_.counter("dplake_archive_prefetched_bytes_total", "");
  EXPECT_EQ(asked.value(), 0U);
  container->prefetch(walked.entries[0]);
  const auto small = asked.value();
  EXPECT_GE(small, 10U);
  EXPECT_LT(small, 4096U);
  container->prefetch(walked.entries[1]);
  EXPECT_EQ(asked.value() - small, Container::kPrefetchBytesMax);
  container->prefetch(walked.entries[2]);  // a lie about sizes asks for nothing behind the file
  EXPECT_LT(asked.value() - small - Container::kPrefetchBytesMax, 4096U);
  EXPECT_EQ(take(container->open_entry(walked.entries[1])).content, photo);
}

TEST_F(ZipTest, EntriesOfAllUsualShapesAreListedAndRead) {
  const std::string text = sample_text(300'000);
  ZipTestWriter zip;
  const auto deflate_at = zip.add({.name = "Takeout/a.json", .content = text});
  const auto stored_at = zip.add({.name = "Takeout/photo.jpg", .content = "not packed", .method = 0});
  zip.add({.name = "late.json", .content = text, .descriptor = true});
  zip.add({.name = "wide.json", .content = text, .zip64 = true});
  zip.add({.name = "wide-late.json", .content = text, .descriptor = true, .zip64 = true});
  zip.add({.name = "empty.json", .method = 0});
  zip.add({.name = "Takeout/", .method = 0});
  const auto container = opened(zip.finish({.comment = "made by hand"}));
  const auto& summary = container->summary();
  EXPECT_EQ(summary.kind, ContainerKind::kZip);
  EXPECT_EQ(summary.entry_count, 7U);
  EXPECT_EQ(summary.content_bytes, 4 * text.size() + 10);
  EXPECT_EQ(summary.comment, "made by hand");
  EXPECT_FALSE(summary.salvaged);
  const auto walked = walk(*container);
  ASSERT_EQ(walked.verdict, "complete");
  EXPECT_EQ(names(walked),
            "Takeout/a.json Takeout/photo.jpg late.json wide.json wide-late.json empty.json Takeout/");
  for (const int i : {0, 2, 3, 4}) {
    const auto& entry = walked.entries.at(static_cast<std::size_t>(i));
    EXPECT_EQ(entry.bytes, text.size());
    EXPECT_EQ(entry.crc32, crc_of(text));
    EXPECT_FALSE(entry.is_verbatim);
    for (const std::size_t piece : {std::size_t{777}, kChunkBytesMax}) {
      const auto read = take(container->open_entry(entry), piece);
      EXPECT_EQ(read.verdict, "complete");
      EXPECT_EQ(read.content, text);
    }
  }
  EXPECT_EQ(walked.entries[0].header_offset, deflate_at);
  EXPECT_EQ(walked.entries[0].modified.zone, ModifiedTime::Zone::kLocal);
  EXPECT_EQ(walked.entries[0].modified.micros, 1'709'213'830'000'000);
  EXPECT_TRUE(walked.entries[1].is_verbatim);
  EXPECT_EQ(container->stored_range(walked.entries[1]).value(), (ByteRange{stored_at + 30 + 17, 10}));
  EXPECT_EQ(take(container->open_stored(walked.entries[0])).content, deflated(text));
  EXPECT_EQ(take(container->open_entry(walked.entries[5])).content, "");
  EXPECT_EQ(walked.entries[6].kind, EntryKind::kDirectory);
  EXPECT_EQ(metrics_.counter("dplake_archive_content_bytes_total", "").value(), 8 * text.size());
}

TEST_F(ZipTest, CursorOpensItsEntry) {
  ZipTestWriter zip;
  zip.add("a", "first");
  zip.add("b", "second");
  const auto container = opened(zip.finish());
  const auto cursor = std::move(*container->entries());
  EXPECT_EQ(cursor->open_current().error().code(), ErrorCode::kInvalidArgument);
  ASSERT_TRUE(cursor->next().value());
  ASSERT_TRUE(cursor->next().value());
  EXPECT_EQ(take(cursor->open_current()).content, "second");
  EXPECT_FALSE(cursor->next().value());
}

TEST_F(ZipTest, ManyEntriesCrossTheWindowOfTheDirectory) {
  ZipTestWriter zip;
  const std::string long_name(2000, 'n');
  for (int i = 0; i < 1500; ++i)
    zip.add({.name = long_name + std::to_string(i), .content = std::to_string(i), .method = 0});
  const auto container = opened(zip.finish({.zip64 = true}));
  EXPECT_TRUE(container->summary().is_zip64);
  const auto walked = walk(*container);
  ASSERT_EQ(walked.entries.size(), 1500U);
  for (std::size_t i = 0; i < 1500; i += 97)
    EXPECT_EQ(take(container->open_entry(walked.entries[i])).content, std::to_string(i));
}

TEST_F(ZipTest, ThreadsReadDifferentEntriesAtOnce) {
  ZipTestWriter zip;
  std::vector<std::string> contents;
  for (std::uint32_t i = 0; i < 8; ++i) {
    contents.push_back(sample_text(200'000 + i * 1000, i));
    zip.add(std::to_string(i), contents.back());
  }
  const auto container = opened(zip.finish());
  const auto walked = walk(*container);
  std::vector<std::thread> threads;
  threads.reserve(8);
  std::array<std::string, 8> read;
  for (std::size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] { read[i] = take(container->open_entry(walked.entries[i]), 5000).content; });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(read[i], contents[i]);
}

TEST_F(ZipTest, NamesSayHowTheyWereRead) {
  const std::string umlaut = "\xC3\xBC.txt";
  const std::string raw = "\x81.txt";
  const std::string unicode_path =
      little(0x7075, 2) + little(5 + umlaut.size(), 2) + "\x01" + little(crc_of("?.txt"), 4) + umlaut;
  ZipTestWriter zip;
  zip.add({.name = umlaut, .flags = kFlagUtf8});
  zip.add({.name = umlaut});
  zip.add({.name = raw});
  zip.add({.name = "?.txt", .extra = unicode_path});
  zip.add({.name = "other.txt", .extra = unicode_path});
  zip.add({.name = "\xFF.txt", .flags = kFlagUtf8});
  const auto container = opened(zip.finish());
  const auto walked = walk(*container);
  const NameOrigin origins[] = {NameOrigin::kUtf8,        NameOrigin::kUtf8Guessed, NameOrigin::kCp437,
                                NameOrigin::kUnicodePath, NameOrigin::kUtf8,        NameOrigin::kReplaced};
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(walked.entries[i].name_origin, origins[i]) << i;
  for (const std::size_t i : {0, 1, 2, 3}) EXPECT_EQ(walked.entries[i].name, umlaut) << i;
  EXPECT_EQ(walked.entries[4].name, "other.txt") << "the field is that of another name";
  EXPECT_EQ(walked.entries[2].stored_name, raw);
  EXPECT_TRUE(walked.entries[0].repeats_name == false && walked.entries[1].repeats_name);
  for (const auto& entry : walked.entries) EXPECT_EQ(take(container->open_entry(entry)).verdict, "complete");
}

TEST_F(ZipTest, KindsAndTimesComeFromTheirFields) {
  const std::string stamp = little(0x5455, 2) + little(5, 2) + "\x01" + little(1'700'000'000, 4);
  ZipTestWriter zip;
  zip.add({.name = "link", .content = "/etc/passwd", .made_by = 3U << 8U, .attributes = 0120777U << 16U});
  zip.add({.name = "device", .made_by = 3U << 8U, .attributes = 0020666U << 16U});
  zip.add({.name = "pipe", .made_by = 3U << 8U, .attributes = 0010666U << 16U});
  zip.add({.name = "timed", .extra = stamp});
  zip.add({.name = "timeless", .date = 0});
  const auto container = opened(zip.finish());
  const auto walked = walk(*container);
  EXPECT_EQ(walked.entries[0].kind, EntryKind::kSymlink);
  EXPECT_EQ(take(container->open_entry(walked.entries[0])).content, "/etc/passwd") << "text, never followed";
  EXPECT_EQ(walked.entries[1].kind, EntryKind::kDevice);
  EXPECT_EQ(walked.entries[2].kind, EntryKind::kFifo);
  EXPECT_EQ(walked.entries[3].modified.zone, ModifiedTime::Zone::kUtc);
  EXPECT_EQ(walked.entries[3].modified.micros, 1'700'000'000'000'000);
  EXPECT_EQ(walked.entries[4].modified.zone, ModifiedTime::Zone::kUnknown);
}

TEST_F(ZipTest, AnEmptyEntryMayBeCalledCompressedAndHaveNoStoredBytes) {
  auto read = taken({.name = "folder/", .stored = ""});
  EXPECT_EQ(read.verdict, "complete");
  EXPECT_EQ(read.content, "");
  read = taken({.name = "a", .content = "x", .stored = ""});
  EXPECT_EQ(read.verdict, "truncated") << "only when nothing was declared";
}

TEST_F(ZipTest, OnlyContentThatCanBeHadIsVerbatim) {
  ZipTestWriter zip;
  zip.add({.name = "good", .content = "x", .method = 0});
  zip.add({.name = "two sizes", .content = "xyz", .method = 0, .content_bytes = 2});
  zip.add({.name = "secret", .content = "x", .method = 0, .flags = kFlagEncrypted});
  const auto container = opened(zip.finish());
  const auto walked = walk(*container);
  EXPECT_TRUE(walked.entries[0].is_verbatim);
  EXPECT_FALSE(walked.entries[1].is_verbatim);
  EXPECT_FALSE(walked.entries[2].is_verbatim);
}

TEST_F(ZipTest, HostileNamesAreDataLikeOthers) {
  ZipTestWriter zip;
  for (const char* name : {"../../etc/passwd", "/abs", "C:\\x", "a\nb"}) zip.add(name, name);
  const auto container = opened(zip.finish());
  for (const auto& entry : walk(*container).entries) {
    EXPECT_EQ(take(container->open_entry(entry)).content, entry.name);
    EXPECT_FALSE(hazards_of(entry.name).empty());
  }
  EXPECT_EQ(files_.list("/").value().size(), 1U);
}

TEST_F(ZipTest, ContentThatIsNotWhatWasDeclaredIsSaidAfterItsBytes) {
  const std::string text = sample_text(5000);
  auto read = taken({.name = "a", .content = text, .crc = 7});
  EXPECT_EQ(read.verdict, "crc_mismatch");
  EXPECT_EQ(read.content, text) << "the bytes are kept";
  EXPECT_EQ(read.code, ErrorCode::kCorruption);
  EXPECT_TRUE(contains(read.message, "entry 'a'") && contains(read.message, kPath) &&
              contains(read.message, "byte "));
  read = taken({.name = "a", .content = text, .content_bytes = 4000});
  EXPECT_EQ(read.verdict, "size_mismatch");
  EXPECT_EQ(read.content, text.substr(0, 4000)) << "never more than declared";
  read = taken({.name = "a", .content = text, .content_bytes = 6000});
  EXPECT_EQ(read.verdict, "size_mismatch");
  EXPECT_EQ(read.content, text);
  read = taken({.name = "a", .content = text, .stored = deflated(text) + "rest"});
  EXPECT_EQ(read.verdict, "size_mismatch");
  read = taken({.name = "a", .content = text, .stored = deflated(text).substr(0, 500)});
  EXPECT_EQ(read.verdict, "truncated");
  EXPECT_EQ(read.content, text.substr(0, read.content.size()));
  EXPECT_FALSE(read.content.empty());
  read = taken({.name = "a", .content = text, .stored = std::string(300, '\xFF')});
  EXPECT_EQ(read.verdict, "damaged");
}

TEST_F(ZipTest, WhatCannotBeDecodedIsNamedAndItsBytesCanBeKept) {
  struct Case {
    ZipItem item;
    Flaw flaw;
    ErrorCode code;
  };
  const Case cases[] = {
      {{.name = "a", .content = "x", .flags = kFlagEncrypted}, Flaw::kEncrypted, ErrorCode::kUnsupported},
      {{.name = "a", .content = "x", .method = 99}, Flaw::kEncrypted, ErrorCode::kUnsupported},
      {{.name = "a", .content = "x", .method = 12}, Flaw::kUnsupportedMethod, ErrorCode::kUnsupported},
      {{.name = "a", .content = "x", .disk = 3}, Flaw::kSpanned, ErrorCode::kUnsupported},
      {{.name = "a", .content = "xyz", .method = 0, .content_bytes = 1'000'000},
       Flaw::kSizeMismatch,
       ErrorCode::kCorruption},
      {{.name = "a", .content = "x", .stored_bytes = 1'000'000},
       Flaw::kHeaderMismatch,
       ErrorCode::kCorruption},
      {{.name = "a", .content = "x", .header_offset = 0x7FFFFFFF},
       Flaw::kHeaderMismatch,
       ErrorCode::kCorruption},
  };
  for (const auto& one : cases) {
    ZipTestWriter zip;
    zip.add(one.item);
    zip.add("good", "content");
    const auto container = opened(zip.finish());
    const auto walked = walk(*container);
    ASSERT_EQ(walked.entries.size(), 2U);
    ASSERT_TRUE(walked.entries[0].flaw);
    EXPECT_EQ(walked.entries[0].flaw->flaw, one.flaw) << name_of(walked.entries[0].flaw->flaw);
    EXPECT_EQ(container->open_entry(walked.entries[0]).error().code(), one.code);
    EXPECT_EQ(take(container->open_entry(walked.entries[1])).content, "content") << "the others go on";
    if (one.code == ErrorCode::kUnsupported && one.flaw != Flaw::kSpanned) {
      EXPECT_EQ(take(container->open_stored(walked.entries[0])).content,
                one.item.method == 8 ? deflated("x") : "x");
    }
  }
}

TEST_F(ZipTest, LocalHeadersMustAgreeWithTheDirectory) {
  const ZipItem cases[] = {
      {.name = "a", .content = "x", .local_name = "b"},
      {.name = "a", .content = "x", .local_method = 0},
      {.name = "a", .content = "x", .local_content_bytes = 2},
  };
  for (const auto& item : cases) {
    const auto read = taken(item);
    EXPECT_EQ(read.verdict, "refused");
    EXPECT_EQ(read.code, ErrorCode::kCorruption);
    EXPECT_TRUE(contains(read.message, "header_mismatch")) << read.message;
  }
  // a local extra field that pushes the content into the next entry
  ZipTestWriter zip;
  zip.add("a", "x");
  zip.add("b", "y");
  std::string bytes = zip.finish();
  bytes[28] = 40;
  const auto container = opened(bytes);
  EXPECT_TRUE(contains(take(container->open_entry(walk(*container).entries[0])).message, "overlap"));
}

TEST_F(ZipTest, OverlappingEntriesAreRefusedAndOthersAreNot) {
  ZipTestWriter zip;
  zip.add("apart", "x");
  const auto shared = zip.add("one", "shared");
  zip.add({.name = "two", .content = "shared", .header_offset = shared});
  // Fifield's bomb: a stored entry whose content is the next entry, header and all
  ZipTestWriter inner;
  inner.add("inner", "kernel");
  const auto inner_at = zip.local_part().size() + 30 + 5;
  zip.add({.name = "quote", .content = inner.local_part(), .method = 0});
  zip.add({.name = "inner", .content = "kernel", .header_offset = inner_at});
  // `two` and the listed `inner` also wrote local parts of their own, which nobody lists: gaps are allowed
  const auto container = opened(zip.finish());
  std::string refused;
  for (const auto& entry : walk(*container).entries) {
    if (entry.flaw && entry.flaw->flaw == Flaw::kOverlap) {
      refused += entry.name + " ";
      EXPECT_EQ(container->open_entry(entry).error().code(), ErrorCode::kCorruption);
    }
  }
  EXPECT_EQ(refused, "one two quote inner ");
}

TEST_F(ZipTest, BombsStopAtTheirBounds) {
  const std::string zeros(8U << 20U, '\0');  // about 1000 to 1
  OpenOptions options;
  options.bounds.ratio_free_bytes = 1U << 20U;
  ZipTestWriter zip;
  zip.add("bomb", zeros);
  zip.add("good", "content");
  auto container = opened(zip.finish(), options);
  auto walked = walk(*container);
  ASSERT_TRUE(walked.entries[0].flaw);
  EXPECT_EQ(walked.entries[0].flaw->flaw, Flaw::kBound);
  EXPECT_EQ(container->open_entry(walked.entries[0]).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(take(container->open_entry(walked.entries[1])).content, "content");
  options.bounds.ratio_max = 2000;  // asked again with more
  container = opened(zip.finish(), options);
  EXPECT_EQ(take(container->open_entry(walk(*container).entries[0]), kChunkBytesMax).content, zeros);
  options.bounds.content_bytes_max = 1000;
  container = opened(zip.finish(), options);
  EXPECT_EQ(container->open_entry(walk(*container).entries[1]).error().code(), ErrorCode::kResourceExhausted);
  // one entry that declares more than its stored bytes can hold does not use up what the others may have
  ZipTestWriter boasting;
  boasting.add({.name = "boast", .content = "x", .zip64 = true, .content_bytes = 1ULL << 60U});
  boasting.add({.name = "elsewhere", .content = "x", .zip64 = true, .stored_bytes = 1ULL << 60U});
  boasting.add("good", "content");
  container = opened(boasting.finish());
  walked = walk(*container);
  EXPECT_EQ(container->open_entry(walked.entries[0]).error().code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(take(container->open_entry(walked.entries[2])).content, "content");
  // a bomb that lies about its size gives no more than it declares
  const auto read = taken({.name = "liar", .content = zeros, .content_bytes = 10});
  EXPECT_EQ(read.content.size(), 10U);
  EXPECT_EQ(read.verdict, "size_mismatch");
}

TEST_F(ZipTest, EntryCountAndDirectorySizeAreBounded) {
  ZipTestWriter zip;
  for (int i = 0; i < 20; ++i) zip.add(std::to_string(i), "");
  OpenOptions options;
  options.bounds.entry_count_max = 19;
  EXPECT_TRUE(refusal(zip.finish(), options).starts_with("resource_exhausted: "));
  options = {};
  options.bounds.directory_bytes_max = 500;
  EXPECT_TRUE(refusal(zip.finish(), options).starts_with("resource_exhausted: "));
}

TEST_F(ZipTest, EndRecordsThatContradictAreRefused) {
  ZipTestWriter zip;
  zip.add("a", "x");
  zip.add("b", "y");
  const std::string good = zip.finish();
  const auto refused = [&](const std::string& bytes, std::string_view code, std::string_view words) {
    const std::string text = refusal(bytes);
    EXPECT_TRUE(text.starts_with(code) && contains(text, words)) << text;
  };
  refused(zip.finish({.count = 3}), "corruption", "has 2 entries, its end record says 3");
  refused(zip.finish({.directory_bytes = 10}), "corruption", "does not begin where");
  refused(zip.finish({.directory_offset = 5000}), "corruption", "bytes are missing before");
  refused(zip.finish({.directory_offset = 3}), "corruption", "another zip inside");
  refused(zip.finish({.disk = 1}), "unsupported", "several disks");
  refused(zip.finish({.zip64 = true, .disks = 2}), "unsupported", "several disks");
  refused(zip.finish({.zip64 = true, .count = 9}), "corruption", "contradict");
  refused(zip.finish({.after_directory = "????"}), "corruption", "no record of the central directory");
  refused(good.substr(0, good.size() - 1), "corruption", "no end record");
  refused(good.substr(0, 40), "corruption", "no end record");
  refused("PK\x03\x04", "corruption", "no end record");
  std::string damaged = good;
  damaged[zip.local_part().size() + zip.directory().size() / 2] = 'X';  // the second record's signature
  refused(damaged, "corruption", "no record of the central directory");
  EXPECT_EQ(opened(ZipTestWriter().finish())->summary().entry_count, 0U);
}

TEST_F(ZipTest, CommentsCannotHideAnotherDirectory) {
  ZipTestWriter zip;
  zip.add("seen", "x");
  ZipTestWriter other;
  other.add("hidden", "y");
  // a whole second zip, ending exactly where the comment ends, its offsets right for this file
  const auto comment_at = zip.finish().size();
  ZipTestWriter placed(comment_at);
  placed.add("hidden", "y");
  EXPECT_TRUE(contains(refusal(zip.finish({.comment = placed.finish()})), "two end records"));
  // signatures alone, or an end record that fits nothing, are only text
  for (const std::string& comment :
       {little(0x06054B50, 4), little(0x06054B50, 4) + std::string(18, '\x01'),
        "x" + little(0x06054B50, 4) + std::string(12, '\0') + little(7, 4) + little(0, 2)}) {
    const auto container = opened(zip.finish({.comment = comment}));
    EXPECT_EQ(names(walk(*container)), "seen");
    EXPECT_EQ(container->summary().comment, comment);
  }
}

TEST_F(ZipTest, BytesAroundTheArchiveAreMeasured) {
  ZipTestWriter zip;
  zip.add("a", "content");
  auto container = opened("#!/bin/sh\nexec unzip\n" + zip.finish());
  EXPECT_EQ(container->summary().leading_bytes, 21U);
  EXPECT_EQ(take(container->open_entry(walk(*container).entries[0])).content, "content");
  container = opened("#!/bin/sh\nexec unzip\n" + zip.finish({.zip64 = true}));
  EXPECT_EQ(take(container->open_entry(walk(*container).entries[0])).content, "content");
  container = opened(zip.finish() + "junk");
  EXPECT_EQ(container->summary().trailing_bytes, 4U);
  EXPECT_EQ(take(container->open_entry(walk(*container).entries[0])).content, "content");
}

TEST_F(ZipTest, CountsModulo65536AreThoseOfWritersWithoutZip64) {
  ZipTestWriter zip;
  for (int i = 0; i < 65'537; ++i) zip.add({.name = std::to_string(i), .method = 0});
  EXPECT_EQ(opened(zip.finish({.count = 1}))->summary().entry_count, 65'537U);
  EXPECT_TRUE(contains(refusal(zip.finish({.count = 2})), "its end record says 2"));
}

TEST_F(ZipTest, TheSameDirectoryHasTheSameDigest) {
  ZipTestWriter one;
  one.add("a", "x");
  ZipTestWriter other;
  other.add("a", "y");
  const auto digest = opened(one.finish())->summary().directory_digest;
  EXPECT_EQ(opened(one.finish({.comment = "again"}))->summary().directory_digest, digest);
  EXPECT_NE(opened(other.finish())->summary().directory_digest, digest);
}

TEST_F(ZipTest, FailuresOfTheDiskKeepTheirCodeAndSayWhere) {
  ZipTestWriter zip;
  const std::string text = sample_text(600'000);
  zip.add("a", text);
  const std::string bytes = zip.finish();
  put(kPath, bytes);
  std::uint64_t reads = 0;
  for (std::uint64_t skip = 0;; ++skip) {
    for (const auto effect : {sim::FaultEffect::kFail, sim::FaultEffect::kShortRead}) {
      files_.faults().clear();
      files_.faults().add({.operation = sim::Operation::kRead, .skip = skip, .effect = effect});
      const auto before = files_.faults().count(sim::Operation::kRead);
      std::string outcome = "complete";
      auto container = Container::open(files_, metrics_, kPath, {});
      if (!container) {
        outcome = name_of(container.error().code());
      } else {
        auto cursor = (*container)->entries();
        auto entry = (*cursor)->next();
        if (!entry)
          outcome = name_of(entry.error().code());
        else {
          const auto read = take((*cursor)->open_current(), 10'000);
          outcome = read.verdict == "complete" ? "complete" : std::string(name_of(read.code));
          EXPECT_EQ(read.content, text.substr(0, read.content.size()));
          if (outcome == "io" && read.verdict != "refused") {
            EXPECT_TRUE(contains(read.message, "entry 'a'"));
          }
        }
      }
      reads = files_.faults().count(sim::Operation::kRead) - before;
      EXPECT_EQ(outcome, skip < reads ? "io" : "complete") << skip;
    }
    if (skip >= reads) break;
  }
  EXPECT_GT(reads, 5U);
}

TEST_F(ZipTest, AFileThatChangesIsUnavailableNotCorrupt) {
  ZipTestWriter zip;
  zip.add("a", sample_text(600'000));
  const auto container = opened(zip.finish());
  EXPECT_TRUE(container->check_unchanged());
  const Entry entry = only(*container);
  auto reader = std::move(*container->open_entry(entry));
  std::string piece(1000, '\0');
  ASSERT_TRUE(reader->read(std::as_writable_bytes(std::span(piece))));
  clock_.advance(std::chrono::seconds(1));
  const auto file = std::move(*files_.open(kPath, os::OpenMode::kReadWrite));
  ASSERT_TRUE(file->truncate(50'000));
  EXPECT_EQ(container->check_unchanged().error().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(take(std::move(reader)).verdict, "unstable");
}

}  // namespace
}  // namespace lake::archive
