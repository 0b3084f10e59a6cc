#include "lake/blobs/content_packing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "lake/blobs/blob_test_fixture.hpp"

namespace lake::blobs {
namespace {

class ContentPackingTest : public BlobTest {
 protected:
  ContentPackingTest() {
    const auto session = engine_.session();
    EXPECT_TRUE(BlobTables(*session).ensure());
  }
  static object::SmallContent content_of(const std::string& text) {
    object::ContentSummer summer;
    summer.update(std::as_bytes(std::span(text)));
    return {summer.sums(), text};
  }
  /// Packs these texts and makes them blobs "1/<text>" of imports.
  void import(const std::vector<std::string>& texts) {
    ContentPacking packing(*blobs_);
    for (const auto& text : texts) packing.add(content_of(text));
    auto stored = packing.store();
    ASSERT_TRUE(stored) << stored.error().message();
    ASSERT_EQ(stored->size(), texts.size());
    std::vector<ImportedBlob> imported;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      ImportedBlob blob;
      blob.name = {"takeout", "1/" + texts[i]};
      blob.sums = content_of(texts[i]).sums;
      blob.place = (*stored)[i].place;
      blob.lease = (*stored)[i].lease;
      blob.is_placed = (*stored)[i].is_placed;
      imported.push_back(std::move(blob));
    }
    const auto session = engine_.session();
    ASSERT_TRUE(BlobTables(*session).insert_imported(imported, clock_.wall_micros()));
  }
  std::string text_of(const std::string& key) {
    const auto blob = blobs_->open({"takeout", key});
    if (!blob) return "error: " + blob.error().message();
    const auto reader = blob->read(0, blob->info().bytes);
    if (!reader) return "error: " + reader.error().message();
    const auto piece = (*reader)->next();
    if (!piece) return "error: " + piece.error().message();
    return {reinterpret_cast<const char*>(piece->data()), piece->size()};
  }
  /// Places of the packs there are.
  std::vector<std::string> packs() {
    std::vector<std::string> found;
    EXPECT_TRUE(content_.list_packs([&](const std::string& place, const object::ObjectInfo&) {
      found.push_back(place);
      return ok();
    }));
    return found;
  }
  std::string forget(const std::string& keys) {
    return ask("DELETE FROM blob_store.object WHERE key IN (" + keys + ")");
  }
  /// Long enough for whatever nobody refers to.
  void sweep() {
    for (int i = 0; i < 2; ++i) {
      ASSERT_TRUE(blobs_->sweep());
      clock_.advance(std::chrono::hours(25));
    }
    ASSERT_TRUE(blobs_->sweep());
  }
};

TEST_F(ContentPackingTest, ManyContentsAreOneDurableObjectEachOnce) {
  const auto synced = files_.sync_count();
  import({"a", "bb", "a", "", "ccc"});
  EXPECT_LE(files_.sync_count() - synced, 6U) << "of the file, and of directories down to it";
  ASSERT_EQ(packs().size(), 1U);
  EXPECT_EQ(files_.read_file("/" + packs()[0]).value(), "abbccc");
  EXPECT_TRUE(files_.is_durable("/" + packs()[0]));
  for (const std::string text : {"a", "bb", "", "ccc"}) EXPECT_EQ(text_of("1/" + text), text);
  EXPECT_EQ(ask("SELECT count(*), count(DISTINCT archive), max(archive_offset) FROM blob_store.place"),
            "count_star(),count(DISTINCT archive),max(archive_offset)\n4,1,3\n");
}

TEST_F(ContentPackingTest, WhatTheStoreHasIsNotStoredAgain) {
  ASSERT_TRUE(put("k", "stored"));
  import({"packed", "stored"});
  import({"packed", "stored", "new"});
  ASSERT_EQ(packs().size(), 2U);
  EXPECT_EQ(ask("SELECT sum(stored_bytes) FROM blob_store.place"), "sum(stored_bytes)\n9\n");
  EXPECT_EQ(text_of("1/stored"), "stored");
  import({"packed", "new"});
  EXPECT_EQ(packs().size(), 2U);
}

TEST_F(ContentPackingTest, WhatItStoredBeforeIsNotStoredAgainThoughNobodyRefersToItYet) {
  ContentPacking packing(*blobs_);
  packing.add(content_of("abc"));
  const auto first = packing.store();
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->at(0).place);
  packing.add(content_of("xyz"));
  packing.add(content_of("abc"));
  const auto second = packing.store();
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->at(0).is_placed);
  EXPECT_TRUE(second->at(1).is_placed);
  std::uint64_t bytes = 0;
  for (const auto& pack : packs()) bytes += files_.stat("/" + pack)->bytes;
  EXPECT_EQ(bytes, 6U);
}

TEST_F(ContentPackingTest, DamagedContentIsStoredAgain) {
  import({"abc"});
  flip("/" + packs()[0], 1);
  EXPECT_NE(text_of("1/abc").find("error: "), std::string::npos);
  EXPECT_EQ(blobs_->scrub([](std::uint64_t) { return ok(); })->damaged_count, 1U);
  import({"xyz", "abc"});
  EXPECT_EQ(text_of("1/abc"), "abc");
  EXPECT_EQ(blobs_->scrub([](std::uint64_t) { return ok(); })->damaged_count, 1U) << "the first place";
  EXPECT_EQ(text_of("1/abc"), "abc");
}

TEST_F(ContentPackingTest, AFailureLeavesNothing) {
  files_.faults().add({.operation = sim::Operation::kSync, .code = ErrorCode::kIo});
  ContentPacking packing(*blobs_);
  packing.add(content_of("abc"));
  EXPECT_FALSE(packing.store());
  EXPECT_EQ(packing.bytes(), 0U);
  EXPECT_TRUE(packs().empty());
  EXPECT_TRUE(files_.list("/blobs/.partial")->empty());
}

TEST_F(ContentPackingTest, RoomIsCountedWhileBytesWaitAndOnce) {
  open({.stored_bytes_max = 10});
  {
    ContentPacking packing(*blobs_);
    packing.add(content_of("12345678"));
    EXPECT_FALSE(blobs_->check_room(3));
    EXPECT_TRUE(blobs_->check_room(2));
  }
  EXPECT_TRUE(blobs_->check_room(10)) << "it was given up";
  import({"12345678", "12345678"});
  EXPECT_FALSE(blobs_->check_room(3));
  EXPECT_TRUE(blobs_->check_room(2));
  open({.stored_bytes_max = 10});
  EXPECT_FALSE(blobs_->check_room(3)) << "asked the tables";
}

TEST_F(ContentPackingTest, APackGoesWithItsLastContent) {
  import({"aaaa", "bbbb", "cccc"});
  sweep();
  EXPECT_EQ(packs().size(), 1U);
  EXPECT_NE(forget("'1/aaaa', '1/bbbb', '1/cccc'"), "");
  sweep();
  EXPECT_TRUE(packs().empty());
  EXPECT_EQ(ask("SELECT count(*) FROM blob_store.place"), "count_star()\n0\n");
}

TEST_F(ContentPackingTest, APackMostOfWhichIsUnusedIsWrittenAnew) {
  import({"aaaa", "bbbb", "cccc"});
  const auto before = packs();
  forget("'1/aaaa'");
  sweep();
  EXPECT_EQ(packs(), before) << "two thirds are used";
  forget("'1/cccc'");
  sweep();
  ASSERT_EQ(packs().size(), 1U);
  EXPECT_NE(packs(), before);
  EXPECT_EQ(files_.read_file("/" + packs()[0]).value(), "bbbb");
  EXPECT_EQ(text_of("1/bbbb"), "bbbb");
  EXPECT_EQ(blobs_->scrub([](std::uint64_t) { return ok(); })->damaged_count, 0U);
}

TEST_F(ContentPackingTest, APackWithDamageIsLeftAsItIs) {
  import({"aaaa", "bbbb", "cccc"});
  const auto before = packs();
  flip("/" + before[0], 5);
  forget("'1/aaaa', '1/cccc'");
  sweep();
  EXPECT_EQ(packs(), before);
  EXPECT_NE(text_of("1/bbbb").find("error: "), std::string::npos);
}

TEST_F(ContentPackingTest, APackThatCannotBeReadIsToldAndEndsNoSweep) {
  import({"aaaa", "bbbb", "cccc"});
  import({"dddd", "eeee", "ffff"});
  import({"gggg"});
  auto before = packs();
  ASSERT_EQ(before.size(), 3U);
  forget("'1/aaaa', '1/cccc', '1/dddd', '1/ffff', '1/gggg'");
  const auto bad = ask("SELECT archive FROM blob_store.place WHERE bytes = 4 AND hash = '" +
                       content_of("bbbb").sums.name() + "'");
  const auto place = bad.substr(bad.find('\n') + 1, bad.size() - bad.find('\n') - 2);
  files_.faults().add({.operation = sim::Operation::kRead, .times = 1000, .path_part = place});
  // Noted as unreferenced, forgotten, its bytes written anew, the old packs removed.
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(blobs_->sweep());
    clock_.advance(std::chrono::hours(25));
  }
  const auto swept = blobs_->sweep();
  ASSERT_TRUE(swept) << swept.error().message();
  ASSERT_TRUE(swept->failure);
  EXPECT_EQ(swept->failure->code(), ErrorCode::kIo);
  EXPECT_EQ(text_of("1/eeee"), "eeee");
  const auto after = packs();
  EXPECT_EQ(after.size(), 2U) << "the one that cannot be read, and what is left of the second";
  EXPECT_NE(std::find(after.begin(), after.end(), place), after.end());
  files_.faults().clear();
  sweep();
  EXPECT_EQ(text_of("1/bbbb"), "bbbb");
  const auto last = packs();
  EXPECT_EQ(std::find(last.begin(), last.end(), place), last.end()) << "it can be read again";
}

TEST_F(ContentPackingTest, ARepeatIsABlobOnlyWhereNoOtherHasItsContent) {
  std::vector<ImportedBlob> blobs;
  const auto add = [&](const std::string& key, const std::string& text, bool is_repeat) {
    ImportedBlob blob;
    blob.name = {"takeout", key};
    blob.sums = content_of(text).sums;
    blob.place = object::ArchiveRange{"/a.zip", blobs.size(), 1, false};
    blob.is_repeat = is_repeat;
    blobs.push_back(std::move(blob));
  };
  const auto insert = [&] {
    EXPECT_TRUE(BlobTables(*engine_.session()).insert_imported(blobs, 1));
    blobs.clear();
    return ask("SELECT key FROM blob_store.object ORDER BY key");
  };
  add("1/a", "a", false);
  add("1/b", "a", false);
  EXPECT_EQ(insert(), "key\n1/a\n1/b\n") << "two entries of one content are two blobs";
  add("10/a", "a", true);
  add("10/b", "new", true);
  add("10/c", "also new", false);
  add("10/d", "also new", true);
  EXPECT_EQ(insert(), "key\n1/a\n1/b\n10/b\n10/c\n");
  add("1/b", "other", false);
  add("2/a", "a", false);
  EXPECT_EQ(insert(), "key\n1/a\n1/b\n10/b\n10/c\n2/a\n") << "one of the name is replaced";
  EXPECT_EQ(ask("SELECT count(DISTINCT hash) FROM blob_store.object WHERE key = '1/b' AND hash = '" +
                content_of("other").sums.name() + "'"),
            "count(DISTINCT hash)\n1\n");
}

TEST_F(ContentPackingTest, WhatIsHeldIsNotSwept) {
  open({.grace = std::chrono::milliseconds(0)});
  auto packing = std::make_unique<ContentPacking>(*blobs_);
  packing->add(content_of("abc"));
  auto stored = packing->store();
  packing.reset();
  ASSERT_TRUE(stored);
  EXPECT_EQ(blobs_->unknown_objects().value().size(), 1U);
  clock_.advance(std::chrono::hours(1));
  ASSERT_TRUE(blobs_->sweep());
  EXPECT_EQ(packs().size(), 1U);
  stored->clear();
  ASSERT_TRUE(blobs_->sweep());
  EXPECT_TRUE(packs().empty()) << "nobody came to refer to it";
  EXPECT_TRUE(blobs_->unknown_objects().value().empty());
}

TEST_F(ContentPackingTest, WhatASweepThatFailedWroteAnewIsNoObstacleToTheNext) {
  import({"aaaa", "bbbb", "cccc"});
  forget("'1/aaaa', '1/cccc'");
  // What is left when the pack was written and the rows were not moved to it.
  const auto left = content_of("bbbb");
  const object::SmallContent* const only[] = {&left};
  ASSERT_TRUE(content_.store_pack(only));
  ASSERT_EQ(packs().size(), 2U);
  sweep();
  ASSERT_EQ(packs().size(), 1U);
  EXPECT_EQ(files_.read_file("/" + packs()[0]).value(), "bbbb");
  EXPECT_EQ(text_of("1/bbbb"), "bbbb");
}

TEST_F(ContentPackingTest, APackThatWouldBeWrittenAnewAsItIsStays) {
  import({"aaaa", "bbbb"});
  const auto before = packs();
  const auto file = files_.open("/" + before[0], os::OpenMode::kReadWrite);
  ASSERT_TRUE(file);
  const std::string more(100, 'x');
  ASSERT_TRUE((*file)->write_at(8, std::as_bytes(std::span(more))));
  ASSERT_TRUE((*file)->close());
  sweep();
  EXPECT_EQ(packs(), before);
  EXPECT_EQ(text_of("1/bbbb"), "bbbb");
}

TEST_F(ContentPackingTest, RoomIsCountedOfWhatASweepMetBeforeAnybodyReferredToIt) {
  open({.stored_bytes_max = 10});
  ASSERT_TRUE(blobs_->check_room(10));
  ContentPacking packing(*blobs_);
  packing.add(content_of("12345678"));
  auto stored = packing.store();
  ASSERT_TRUE(stored);
  ASSERT_TRUE(blobs_->sweep());
  EXPECT_FALSE(blobs_->check_room(3)) << "the bytes are there, and soon referred to";
  ImportedBlob blob;
  blob.name = {"takeout", "1/k"};
  blob.sums = content_of("12345678").sums;
  blob.place = stored->at(0).place;
  ASSERT_TRUE(BlobTables(*engine_.session()).insert_imported(std::vector{blob}, clock_.wall_micros()));
  EXPECT_FALSE(blobs_->check_room(3));
}

TEST_F(ContentPackingTest, WhatCannotBeAskedIsStoredAgain) {
  query::PlainEngine busy({.statements_max = 1, .statements_queued_max = 0});
  BlobStore store(busy.sessions(), content_, clock_, metrics_, {});
  const auto session = busy.session();
  const auto running = session->run("SELECT * FROM range(10000000)", {}, {});
  ASSERT_TRUE(running);
  ContentPacking packing(store);
  packing.add(content_of("abc"));
  const auto stored = packing.store();
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_FALSE(stored->at(0).is_placed);
  EXPECT_EQ(packs().size(), 1U);
}

TEST_F(ContentPackingTest, ContentWhosePackIsGoneIsStoredAgain) {
  ASSERT_TRUE(put("k", "own"));
  import({"abc", "xyz"});
  ASSERT_TRUE(content_.remove_pack(packs()[0]));
  ASSERT_TRUE(objects_->remove(object::object_name_of(content_of("own").sums.name())));
  import({"abc", "own"});
  EXPECT_EQ(text_of("1/abc"), "abc");
  EXPECT_EQ(text_of("1/own"), "own");
}

TEST_F(ContentPackingTest, ImportsBesideSweepsAndScrubsLoseNothing) {
  open({.grace = std::chrono::milliseconds(0)});
  std::atomic<bool> stop{false};
  std::atomic<int> failures{0};
  const auto until_stopped = [&](const std::function<void()>& work) {
    return std::thread([&stop, work] {
      while (!stop) work();
    });
  };
  auto sweeper = until_stopped([&] {
    clock_.advance(std::chrono::seconds(1));
    ignore(blobs_->sweep(), "the engine knows conflicts only as mistakes");
  });
  auto scrubber = until_stopped([&] {
    const auto looked = blobs_->look([](std::uint64_t) { return ok(); });
    if (looked && looked->damaged_count > 0) ++failures;
  });
  constexpr int kImporters = 3;
  constexpr int kRounds = 25;
  std::vector<std::thread> importers;
  for (int importer = 0; importer < kImporters; ++importer) {
    importers.emplace_back([&, importer] {
      for (int round = 0; round < kRounds; ++round) {
        // Contents that others import too and that come again, of which some are forgotten each time.
        ContentPacking packing(*blobs_);
        std::vector<ImportedBlob> imported;
        for (int i = 0; i < 4; ++i) {
          auto content = content_of("content " + std::to_string((round * (i + 1) + importer) % 11));
          ImportedBlob blob;
          blob.name = {"takeout", std::to_string(importer) + "/" + std::to_string(i)};
          blob.sums = content.sums;
          imported.push_back(std::move(blob));
          packing.add(std::move(content));
        }
        auto stored = packing.store();
        if (!stored) {
          ++failures;
          continue;
        }
        for (std::size_t i = 0; i < imported.size(); ++i) {
          imported[i].place = (*stored)[i].place;
          imported[i].is_placed = (*stored)[i].is_placed;
          imported[i].lease = (*stored)[i].lease;
        }
        const auto session = engine_.session();
        BlobTables tables(*session);
        while (!tables.in_transaction([&] { return tables.insert_imported(imported, 1); }))
          std::this_thread::yield();
      }
    });
  }
  for (auto& importer : importers) importer.join();
  stop = true;
  sweeper.join();
  scrubber.join();
  EXPECT_EQ(failures, 0);
  for (int importer = 0; importer < kImporters; ++importer) {
    for (int i = 0; i < 4; ++i) {
      const auto last = ((kRounds - 1) * (i + 1) + importer) % 11;
      EXPECT_EQ(text_of(std::to_string(importer) + "/" + std::to_string(i)),
                "content " + std::to_string(last));
    }
  }
  EXPECT_TRUE(blobs_->lost()->empty());
}

}  // namespace
}  // namespace lake::blobs
