#include <gtest/gtest.h>

#include "lake/archive/archive_test_fixture.hpp"

namespace lake::archive {
namespace {

/// Each test looks at a tar as it is and as gzip.
class TarTest : public ArchiveTest {
 protected:
  static std::string gzip(const std::string& bytes) { return deflated(bytes, 31); }
  std::string verdict(const std::string& tar) {
    const auto plain = walk(*opened(tar, {.bounds = {}, .salvage = false, .kind = ContainerKind::kTar}));
    const auto packed =
        walk(*opened(gzip(tar), {.bounds = {}, .salvage = false, .kind = ContainerKind::kTarGzip}));
    EXPECT_EQ(plain.verdict, packed.verdict) << plain.message << packed.message;
    EXPECT_EQ(names(plain), names(packed));
    return names(plain) + ": " + plain.verdict;
  }
};

TEST_F(TarTest, EntriesAreListedAndReadInStreamAndOutOfIt) {
  const std::string text = sample_text(100'000);
  TarTestWriter tar;
  tar.add("Takeout/a.json", text);
  tar.add({.name = "Takeout/dir/", .type = '5'});
  tar.add({.name = "empty"});
  const auto last_at = tar.add({.name = "last", .content = "exactly", .prefix = "a/prefix"});
  for (const auto kind : {ContainerKind::kTar, ContainerKind::kTarGzip}) {
    const auto container = opened(kind == ContainerKind::kTar ? tar.finish() : gzip(tar.finish()));
    ASSERT_EQ(container->summary().kind, kind);
    const auto walked = walk(*container);
    EXPECT_EQ(walked.verdict, "complete") << walked.message;
    EXPECT_EQ(names(walked), "Takeout/a.json Takeout/dir/ empty a/prefix/last");
    EXPECT_EQ(walked.entries[1].kind, EntryKind::kDirectory);
    EXPECT_EQ(walked.entries[0].modified.micros, 1'700'000'000'000'000);
    EXPECT_EQ(walked.entries[3].header_offset, last_at);
    for (const std::size_t i : {3, 0, 2}) {  // any order
      const std::string& expected = i == 0 ? text : i == 3 ? "exactly" : "";
      EXPECT_EQ(take(container->open_entry(walked.entries[i])).content, expected);
      EXPECT_EQ(take(container->open_entry(walked.entries[i])).verdict, "complete");
    }
    const auto range = container->stored_range(walked.entries[3]);
    if (kind == ContainerKind::kTar) {
      EXPECT_EQ(*range, (ByteRange{last_at + 512, 7}));
    } else {
      EXPECT_EQ(range.error().code(), ErrorCode::kUnsupported);
    }
    EXPECT_EQ(walked.entries[3].is_verbatim, kind == ContainerKind::kTar);

    const auto cursor = std::move(*container->entries());
    ASSERT_TRUE(cursor->next().value());
    auto reader = std::move(*cursor->open_current());
    std::string piece(1000, '\0');
    ASSERT_EQ(reader->read(std::as_writable_bytes(std::span(piece))).value(), 1000U);
    EXPECT_EQ(piece, text.substr(0, 1000));
    EXPECT_EQ(cursor->open_current().has_value(), kind == ContainerKind::kTar) << "a stream is read once";
    ASSERT_TRUE(cursor->next().value()) << "what was not read is passed over";
    if (kind == ContainerKind::kTarGzip) {
      EXPECT_EQ(reader->read(std::as_writable_bytes(std::span(piece))).error().code(),
                ErrorCode::kInvalidArgument);
    }
    ASSERT_TRUE(cursor->next().value());
    ASSERT_TRUE(cursor->next().value());
    EXPECT_EQ(take(cursor->open_current()).content, "exactly");
    EXPECT_FALSE(cursor->next().value());
  }
}

TEST_F(TarTest, LinksAndDevicesAreKindsAndNothingElse) {
  TarTestWriter tar;
  tar.add({.name = "soft", .type = '2', .link = "/etc/passwd"});
  tar.add({.name = "hard", .type = '1', .link = "soft", .size_field = TarTestWriter::octal(5000, 11) + '\0'});
  tar.add({.name = "char", .type = '3'});
  tar.add({.name = "block", .type = '4'});
  tar.add({.name = "fifo", .type = '6'});
  tar.add({.name = "label", .type = 'V'});
  tar.add({.name = "old-dir/", .type = '0'});
  tar.add({.name = "file", .content = "x", .type = '7'});
  const auto container = opened(gzip(tar.finish()));
  const auto walked = walk(*container);
  EXPECT_EQ(walked.verdict, "complete") << walked.message;
  const EntryKind kinds[] = {EntryKind::kSymlink,   EntryKind::kHardlink, EntryKind::kDevice,
                             EntryKind::kDevice,    EntryKind::kFifo,     EntryKind::kSpecial,
                             EntryKind::kDirectory, EntryKind::kFile};
  ASSERT_EQ(walked.entries.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(walked.entries[i].kind, kinds[i]) << walked.entries[i].name;
  EXPECT_EQ(walked.entries[0].link_target, "/etc/passwd");
  EXPECT_EQ(take(container->open_entry(walked.entries[0])).content, "");
}

TEST_F(TarTest, LongNamesComeFromPaxAndGnuHeaders) {
  const std::string long_name = "Takeout/" + std::string(300, 'n') + "/\xC3\xBC.json";
  TarTestWriter tar;
  tar.add_pax({{"path", long_name}, {"mtime", "1700000000.25"}, {"size", "4"}, {"comment", "x"}});
  tar.add({.name = "short", .content = "four", .size_field = TarTestWriter::octal(0, 11) + '\0'});
  tar.add({.name = "././@LongLink",
           .content = long_name + '\0',
           .type = 'L',
           .magic = std::string("ustar  \0", 8)});
  tar.add({.name = "././@LongLink", .content = "target" + std::string(200, 't') + '\0', .type = 'K'});
  tar.add({.name = "cut", .type = '2'});
  tar.add_pax({{"comment", "of git"}}, 'g');
  tar.add("after", "x");
  const auto container = opened(tar.finish());
  const auto walked = walk(*container);
  EXPECT_EQ(walked.verdict, "complete") << walked.message;
  EXPECT_EQ(names(walked), long_name + " " + long_name + " after");
  EXPECT_EQ(walked.entries[0].modified.micros, 1'700'000'000'250'000);
  EXPECT_EQ(take(container->open_entry(walked.entries[0])).content, "four");
  EXPECT_EQ(walked.entries[1].link_target.size(), 206U);
}

TEST_F(TarTest, NumbersInBase256AreRead) {
  TarTestWriter tar;
  tar.add({.name = "a", .content = "abc", .size_field = "\x80" + std::string(10, '\0') + "\x03"});
  tar.add("b", "x");
  EXPECT_EQ(verdict(tar.finish()), "a b: complete");
}

TEST_F(TarTest, SparseEntriesAreRefusedAndPassedOver) {
  TarTestWriter tar;
  std::string map(167, '\0');
  map[482 - 345] = 1;  // one more block of the map
  tar.add({.name = "gnu", .type = 'S', .tail = map});
  tar.add_raw(std::string(512, '\0'));
  tar.add_pax({{"GNU.sparse.major", "1"}, {"GNU.sparse.name", "pax"}});
  tar.add("GNUSparseFile.1/pax", "stored parts");
  tar.add("after", "x");
  const auto container = opened(tar.finish());
  const auto walked = walk(*container);
  EXPECT_EQ(names(walked), "gnu pax after");
  EXPECT_EQ(walked.verdict, "complete") << walked.message;
  for (const std::size_t i : {0, 1}) {
    EXPECT_EQ(walked.entries[i].flaw->flaw, Flaw::kSparse);
    EXPECT_EQ(container->open_entry(walked.entries[i]).error().code(), ErrorCode::kUnsupported);
  }
  EXPECT_EQ(take(container->open_stored(walked.entries[1])).content, "stored parts");
  EXPECT_EQ(take(container->open_entry(walked.entries[2])).content, "x");
}

TEST_F(TarTest, AnythingThatIsNoTarEndsTheWalkWithItsOffset) {
  const auto after_good = [this](const TarItem& item) {
    TarTestWriter tar;
    tar.add("good", "content");
    tar.add(item);
    tar.add("behind", "x");
    return verdict(tar.finish());
  };
  EXPECT_EQ(after_good({.name = "a", .checksum = "000000\0 "}), "good: damaged");
  EXPECT_EQ(after_good({.name = "a", .size_field = "12345678901x"}), "good: damaged");
  EXPECT_EQ(after_good({.name = "a", .size_field = "99999999999 "}), "good: damaged");
  EXPECT_EQ(after_good({.name = "a", .size_field = std::string(12, '\xFF')}), "good: damaged") << "negative";
  EXPECT_EQ(after_good({.name = "a", .size_field = "\x80" + std::string(11, '\xFF')}), "good: damaged")
      << "too large";
  EXPECT_EQ(after_good({.name = "a", .size_field = "77777777777 "}), "good a: truncated");
  EXPECT_EQ(after_good({.name = "p", .content = "12 path=x", .type = 'x'}), "good: damaged");
  EXPECT_EQ(after_good({.name = "p", .content = "99 path=x\n", .type = 'x'}), "good: damaged");
  EXPECT_EQ(after_good({.name = "p", .content = "5 pa\n", .type = 'x'}), "good: damaged");
  EXPECT_EQ(after_good({.name = "p", .content = TarTestWriter::pax_record("size", "-1"), .type = 'x'}),
            "good: damaged");
  EXPECT_EQ(after_good({.name = "p", .content = TarTestWriter::pax_record("path", "x"), .type = 'g'}),
            "good: damaged");
  EXPECT_EQ(after_good({.name = "p", .type = 'x', .size_field = "77777777777 "}), "good: bound");
  TarTestWriter many;
  for (int i = 0; i < 40; ++i) many.add_pax({{"path", "x"}});
  many.add("x", "");
  EXPECT_EQ(verdict(many.finish()), ": bound");
}

TEST_F(TarTest, EndingsSayWhetherSomethingMayBeMissing) {
  TarTestWriter tar;
  tar.add("a", sample_text(2000));
  tar.add("b", "x");
  EXPECT_EQ(verdict(tar.finish()), "a b: complete");
  EXPECT_EQ(verdict(tar.finish() + std::string(10'240, '\0')), "a b: complete");
  EXPECT_EQ(verdict(tar.bytes() + std::string(512, '\0')), "a b: complete")
      << "one zero block at the very end";
  EXPECT_EQ(verdict(tar.bytes()), "a b: truncated");
  EXPECT_EQ(verdict(tar.bytes().substr(0, tar.bytes().size() - 100)), "a b: truncated");
  EXPECT_EQ(verdict(tar.bytes().substr(0, 1500)), "a: truncated");
  EXPECT_EQ(verdict(tar.finish() + "something"), "a b: damaged");
  EXPECT_EQ(verdict(std::string(1024, '\0')), ": complete");
  const auto container = opened(tar.bytes().substr(0, 1500));
  const auto walked = walk(*container);
  EXPECT_EQ(walked.entries[0].flaw->flaw, Flaw::kTruncated);
  const auto read = take(container->open_entry(walked.entries[0]));
  EXPECT_EQ(read.verdict, "truncated");
  EXPECT_EQ(read.content, sample_text(2000).substr(0, 988)) << "what is there is given";
}

TEST_F(TarTest, GzipIsReadMemberByMemberAndChecked) {
  TarTestWriter tar;
  tar.add("a", sample_text(50'000));
  tar.add("b", "x");
  const std::string bytes = tar.finish();
  const std::string members = gzip(bytes.substr(0, 10'000)) + gzip("") + gzip(bytes.substr(10'000));
  EXPECT_EQ(walk(*opened(members + std::string(100, '\0'))).verdict, "complete");
  EXPECT_EQ(walk(*opened(members + "junk")).verdict, "damaged");
  std::string fields = gzip(bytes);
  fields[3] = 0x1E;  // header CRC, extra, name, comment
  fields.insert(10, std::string("\x03\x00"
                                "abc"
                                "name\0"
                                "comment\0"
                                "\x12\x34",
                                20));
  EXPECT_EQ(walk(*opened(fields)).verdict, "complete");
  std::string bad = gzip(bytes);
  bad[bad.size() - 8] = static_cast<char>(bad[bad.size() - 8] + 1);
  EXPECT_EQ(walk(*opened(bad)).verdict, "crc_mismatch");
  bad = gzip(bytes);
  bad[bad.size() - 1] = static_cast<char>(bad[bad.size() - 1] + 1);
  EXPECT_EQ(walk(*opened(bad)).verdict, "size_mismatch");
  bad = gzip(bytes);
  bad[3] = static_cast<char>(0x80);
  put("/in/x.tgz", bad);
  EXPECT_EQ(walk(**Container::open(files_, metrics_, "/in/x.tgz")).verdict, "damaged");
}

TEST_F(TarTest, ACutGzipGivesWhatCameBefore) {
  TarTestWriter tar;
  const std::string text = sample_text(400'000);
  tar.add("first", "content");
  tar.add("second", text);
  const std::string bytes = gzip(tar.finish());
  for (const std::size_t cut : {bytes.size() / 4, bytes.size() / 2, bytes.size() - 9, bytes.size() - 1}) {
    const auto container = opened(bytes.substr(0, cut));
    const auto walked = walk(*container);
    EXPECT_EQ(walked.verdict, "truncated");
    EXPECT_EQ(names(walked), "first second");
    EXPECT_EQ(take(container->open_entry(walked.entries[0])).content, "content");
    const auto read = take(container->open_entry(walked.entries[1]));
    EXPECT_GT(read.content.size(), cut < bytes.size() / 3 ? 10'000U : 100'000U);
    EXPECT_EQ(read.content, text.substr(0, read.content.size()));
  }
}

TEST_F(TarTest, AGzipOfZerosIsATarOnlyByItsName) {
  const std::string zeros = gzip(std::string(10'240, '\0'));
  const auto container = opened(zeros);  // a disk image perhaps: as an empty tar its bytes would be lost
  EXPECT_EQ(container->summary().kind, ContainerKind::kFile);
  EXPECT_EQ(take(container->open_entry(walk(*container).entries.at(0))).content, zeros);
  put("/in/empty.tgz", zeros);
  const auto named = std::move(*Container::open(files_, metrics_, "/in/empty.tgz"));
  EXPECT_EQ(named->summary().kind, ContainerKind::kTarGzip);
  const auto walked = walk(*named);
  EXPECT_EQ(walked.verdict, "complete");
  EXPECT_TRUE(walked.entries.empty());
}

TEST_F(TarTest, ABombInGzipStops) {
  TarTestWriter tar;
  tar.add("zeros", std::string(8U << 20U, '\0'));
  OpenOptions options;
  options.bounds.ratio_free_bytes = 1U << 20U;
  auto walked = walk(*opened(gzip(tar.finish()), options));
  EXPECT_EQ(walked.verdict, "bound");
  options.bounds.ratio_max = 2000;
  EXPECT_EQ(walk(*opened(gzip(tar.finish()), options)).verdict, "complete");
  options.bounds.content_bytes_max = 1U << 20U;
  EXPECT_EQ(walk(*opened(gzip(tar.finish()), options)).verdict, "bound");
  options = {};
  options.bounds.entry_count_max = 1;
  EXPECT_EQ(walk(*opened(tar.finish(), options)).verdict, "complete") << "as many as allowed";
  tar.add("one more", "");
  const auto container = opened(tar.finish(), options);
  walked = walk(*container);
  EXPECT_EQ(walked.verdict, "bound");
  EXPECT_EQ(names(walked), "zeros");
}

TEST_F(TarTest, FailuresOfTheDiskKeepTheirCode) {
  TarTestWriter tar;
  tar.add("a", sample_text(600'000));
  for (const auto effect : {sim::FaultEffect::kFail, sim::FaultEffect::kShortRead}) {
    const auto container = opened(gzip(tar.finish()));
    files_.faults().clear();
    files_.faults().add({.operation = sim::Operation::kRead, .skip = 2, .effect = effect});
    const auto cursor = std::move(*container->entries());
    ASSERT_TRUE(cursor->next().value());
    const auto read = take(cursor->open_current());
    EXPECT_EQ(read.code, ErrorCode::kIo);
    EXPECT_EQ(read.content, sample_text(600'000).substr(0, read.content.size()));
    files_.faults().clear();
  }
}

}  // namespace
}  // namespace lake::archive
