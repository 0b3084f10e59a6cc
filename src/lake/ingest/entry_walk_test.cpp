#include "lake/ingest/entry_walk.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lake::ingest {
namespace {

/// Entries by letters: capitals are stored as they are, '!' is a place that cannot be read.
class Letters final : public archive::Container {
 public:
  Letters(archive::ContainerKind kind, std::string letters, bool is_salvaged = false)
      : letters_(std::move(letters)) {
    summary_.kind = kind;
    if (is_salvaged) summary_.salvaged = archive::Finding(archive::Flaw::kTruncated, 0, "cut");
  }
  Result<std::unique_ptr<archive::EntryCursor>> entries() override {
    return std::unique_ptr<archive::EntryCursor>(std::make_unique<Cursor>(letters_));
  }
  Result<std::unique_ptr<archive::EntryReader>> open_entry(const archive::Entry&) override { return none(); }
  Result<std::unique_ptr<archive::EntryReader>> open_stored(const archive::Entry&) override { return none(); }
  Result<archive::ByteRange> stored_range(const archive::Entry&) override { return none(); }
  Status check_unchanged() override { return ok(); }

 private:
  static Error none() { return {ErrorCode::kUnsupported, "letters have no content"}; }
  class Cursor final : public archive::EntryCursor {
   public:
    explicit Cursor(std::string letters) : letters_(std::move(letters)) {}
    Result<std::optional<archive::Entry>> next() override {
      if (at_ == letters_.size()) return std::optional<archive::Entry>();
      if (letters_[at_] == '!') return Error(ErrorCode::kCorruption, "unreadable");
      archive::Entry entry;
      entry.index = at_;
      entry.name = letters_.substr(at_++, 1);
      entry.is_verbatim = std::isupper(static_cast<unsigned char>(entry.name.front())) != 0;
      return std::optional(std::move(entry));
    }
    Result<std::unique_ptr<archive::EntryReader>> open_current() override { return none(); }

   private:
    std::string letters_;
    std::size_t at_ = 0;
  };
  std::string letters_;
};

/// What a walk meets in runs of `run` entries; '!' where it tells an error.
std::string walked(archive::Container& container, std::size_t run) {
  auto begun = EntryWalk::begin(container);
  if (!begun) return begun.error().message();
  auto& walk = *begun;
  std::string met;
  while (!walk.is_ended() && met.size() < 100) {
    for (std::size_t i = 0; i < run; ++i) {
      const auto entry = walk.next();
      met += !entry ? "!" : *entry ? (*entry)->name : "";
    }
    walk.change_turn();
  }
  return met;
}

TEST(EntryWalk, LetsTheTwoKindsOfAZipTakeTurns) {
  Letters zip(archive::ContainerKind::kZip, "ABCDEFabcdGe");
  EXPECT_EQ(walked(zip, 1), "aAbBcCdDeEFG");
  EXPECT_EQ(walked(zip, 2), "abABcdCDeEFG");
  EXPECT_EQ(walked(zip, 100), "abcdeABCDEFG");
}

TEST(EntryWalk, MeetsOneKindAsItComes) {
  Letters photos(archive::ContainerKind::kZip, "ABC");
  EXPECT_EQ(walked(photos, 2), "ABC");
  Letters rows(archive::ContainerKind::kZip, "abc");
  EXPECT_EQ(walked(rows, 2), "abc");
  Letters nothing(archive::ContainerKind::kZip, "");
  EXPECT_EQ(walked(nothing, 2), "");
}

TEST(EntryWalk, LeavesStreamsFoldersAndSalvagedZipsInTheirOrder) {
  for (const auto kind : {archive::ContainerKind::kTar, archive::ContainerKind::kTarGzip,
                          archive::ContainerKind::kFolder, archive::ContainerKind::kFile}) {
    Letters letters(kind, "AaBbC");
    EXPECT_EQ(walked(letters, 1), "AaBbC");
  }
  Letters salvaged(archive::ContainerKind::kZip, "AaBbC", true);
  EXPECT_EQ(walked(salvaged, 2), "AaBbC");
}

TEST(EntryWalk, GivesWhatLiesBeforeAnErrorAndEnds) {
  Letters zip(archive::ContainerKind::kZip, "AaBb!Cc");
  EXPECT_EQ(walked(zip, 1), "aAbB!!");  // each kind hears of it
  Letters tar(archive::ContainerKind::kTar, "AaB!b");
  EXPECT_EQ(walked(tar, 2), "AaB!");
}

}  // namespace
}  // namespace lake::ingest
