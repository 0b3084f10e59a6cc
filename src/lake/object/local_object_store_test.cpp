#include "lake/object/local_object_store.hpp"

#include <gtest/gtest.h>

#include <map>

#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::object {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

class Disk {
 public:
  explicit Disk(std::uint64_t seed = 1) : files(clock, seed), random(seed) { open(); }
  void open() {
    auto opened = LocalObjectStore::open(files, random, "/blobs");
    store = opened ? std::move(*opened) : nullptr;
  }
  Status put(const std::string& name, const std::string& text) {
    LAKE_TRY(const auto writer, store->create());
    const auto half = text.size() / 2;
    LAKE_CHECK_OK(writer->write(bytes_of(text.substr(0, half))));
    LAKE_CHECK_OK(writer->write(bytes_of(text.substr(half))));
    return writer->commit(name);
  }
  Result<std::string> get(const std::string& name, std::uint64_t offset = 0, std::size_t count = 1U << 20U) {
    LAKE_TRY(const auto reader, store->open(name));
    std::string text(count, '\0');
    LAKE_TRY(const auto read, reader->read(offset, std::as_writable_bytes(std::span(text))));
    text.resize(read);
    return text;
  }
  std::map<std::string, std::uint64_t> list(const std::string& prefix = "") {
    std::map<std::string, std::uint64_t> found;
    EXPECT_TRUE(store->list(prefix, [&](const ObjectInfo& object) {
      found[object.name] = object.bytes;
      return ok();
    }));
    return found;
  }
  sim::SimClock clock;
  sim::SimFileSystem files;
  os::SeededRandom random;
  std::unique_ptr<LocalObjectStore> store;
};

TEST(LocalObjectStore, BehavesLikeAMap) {
  Disk disk;
  std::map<std::string, std::string> expected;
  os::SeededRandom dice(42);
  for (int step = 0; step < 2000; ++step) {
    const std::string name = "d" + std::to_string(dice.next() % 3) + "/e/" + std::to_string(dice.next() % 8);
    switch (dice.next() % 4) {
      case 0:
      case 1: {
        const std::string text(dice.next() % 5000, static_cast<char>('a' + dice.next() % 26));
        ASSERT_TRUE(disk.put(name, text));
        expected[name] = text;
        break;
      }
      case 2:
        ASSERT_TRUE(disk.store->remove(name));
        expected.erase(name);
        break;
      default: {
        const auto found = expected.find(name);
        const auto text = disk.get(name);
        const auto head = disk.store->head(name);
        ASSERT_EQ(text.has_value(), found != expected.end());
        ASSERT_EQ(head.has_value(), text.has_value());
        if (!text) {
          EXPECT_EQ(text.error().code(), ErrorCode::kNotFound);
          EXPECT_EQ(head.error().code(), ErrorCode::kNotFound);
          break;
        }
        EXPECT_EQ(*text, found->second);
        EXPECT_EQ(head->bytes, found->second.size());
        const auto offset = dice.next() % 6000;
        const auto rest = offset < text->size() ? text->substr(offset, 100) : std::string();
        EXPECT_EQ(disk.get(name, offset, 100).value(), rest);
      }
    }
  }
  std::map<std::string, std::uint64_t> sizes;
  for (const auto& [name, text] : expected) sizes[name] = text.size();
  EXPECT_EQ(disk.list(), sizes);
  std::erase_if(sizes, [](const auto& each) { return !each.first.starts_with("d1/"); });
  EXPECT_EQ(disk.list("d1/"), sizes);
}

TEST(LocalObjectStore, NamesLeadNowhereElse) {
  Disk disk;
  for (const auto* name :
       {"", "/", "a/", "/a", "a//b", "..", "a/../b", "a/.b", ".partial/x", "a b", "a\nb"}) {
    EXPECT_EQ(disk.put(name, "x").error().code(), ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(disk.get(name).error().code(), ErrorCode::kInvalidArgument) << name;
    EXPECT_EQ(disk.store->remove(name).error().code(), ErrorCode::kInvalidArgument) << name;
  }
  EXPECT_FALSE(is_object_name(std::string(201, 'x')));
}

TEST(LocalObjectStore, WhatIsNotCommittedLeavesNothing) {
  Disk disk;
  {
    const auto writer = disk.store->create();
    ASSERT_TRUE((*writer)->write(bytes_of("half")));
  }
  EXPECT_TRUE(disk.files.list("/blobs/.partial")->empty());
  EXPECT_TRUE(disk.list().empty());
}

TEST(LocalObjectStore, AFailedSyncIsAFailedPut) {
  Disk disk;
  ASSERT_TRUE(disk.put("a/old", "old"));
  disk.files.faults().add({.operation = sim::Operation::kSync, .path_part = ".partial"});
  EXPECT_EQ(disk.put("a/old", "new").error().code(), ErrorCode::kIo);
  EXPECT_EQ(disk.get("a/old").value(), "old");
  disk.files.faults().add({.operation = sim::Operation::kWrite, .code = ErrorCode::kResourceExhausted});
  EXPECT_EQ(disk.put("a/new", "new").error().code(), ErrorCode::kResourceExhausted);
  EXPECT_TRUE(disk.files.list("/blobs/.partial")->empty());
  EXPECT_EQ(disk.list().size(), 1U);
}

/// Puts and replaces until the k-th sync, for every k: what was acknowledged is there, nothing is half there.
TEST(LocalObjectStore, EveryCrashLeavesWholeObjects) {
  std::uint64_t syncs = 1;
  std::uint64_t crashes = 0;
  for (std::uint64_t k = 1; k <= syncs; ++k) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Disk disk(seed);
      if (k > 1 || seed > 1) disk.files.crash_at_sync(k);
      std::map<std::string, std::string> acknowledged;
      std::map<std::string, std::string> attempted;
      for (int i = 0; i < 8; ++i) {
        const std::string name = "ab/" + std::to_string(i % 5);
        const std::string text(3000 + 777 * i, static_cast<char>('a' + i));
        attempted[name] = text;
        if (!disk.put(name, text)) break;
        acknowledged[name] = text;
        attempted.erase(name);
      }
      if (k == 1 && seed == 1) syncs = disk.files.sync_count();
      crashes += disk.files.is_crashed() ? 1 : 0;
      disk.files.reopen();
      disk.open();
      ASSERT_NE(disk.store, nullptr);
      for (const auto& [name, bytes] : disk.list()) {
        const auto text = disk.get(name).value();
        const auto before = acknowledged.find(name);
        const auto after = attempted.find(name);
        EXPECT_TRUE((before != acknowledged.end() && text == before->second) ||
                    (after != attempted.end() && text == after->second))
            << "sync " << k << " seed " << seed << ": " << name << " has " << bytes << " bytes";
      }
      for (const auto& [name, text] : acknowledged) {
        EXPECT_TRUE(disk.get(name)) << "sync " << k << " seed " << seed << ": " << name;
      }
      const auto left = disk.files.list("/blobs/.partial");
      EXPECT_TRUE(!left || left->empty());
    }
  }
  EXPECT_GT(syncs, 10U);
  EXPECT_GT(crashes, 4 * syncs);
}

}  // namespace
}  // namespace lake::object
