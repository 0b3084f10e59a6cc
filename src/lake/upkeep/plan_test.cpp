#include "lake/upkeep/plan.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

namespace lake::upkeep {
namespace {

class Layout {
 public:
  Layout& file(catalog::FileId id, std::uint64_t bytes, std::uint64_t rows = 100, std::uint32_t deleted = 0,
               std::vector<std::optional<std::string>> partition = {}) {
    catalog::DataFile one;
    one.file_id = id;
    one.bytes = bytes;
    one.row_count = rows;
    one.partition = std::move(partition);
    files_.push_back(std::make_shared<const catalog::DataFile>(one));
    if (deleted > 0) {
      codec::RoaringBitmap gone;
      for (std::uint32_t i = 0; i < deleted; ++i) gone.add(i);
      deletes_[id] = std::make_shared<const codec::RoaringBitmap>(gone);
    }
    return *this;
  }
  [[nodiscard]] catalog::Table table() const {
    catalog::Table made;
    made.files = std::make_shared<const catalog::FileList>(files_);
    made.deletes = std::make_shared<const std::map<catalog::FileId, catalog::BitmapPtr>>(deletes_);
    return made;
  }

 private:
  catalog::FileList files_;
  std::map<catalog::FileId, catalog::BitmapPtr> deletes_;
};

using Groups = std::vector<std::vector<catalog::FileId>>;

TEST(CompactionGroups, FewSmallFilesAreLeftAlone) {
  EXPECT_TRUE(compaction_groups(Layout().file(1, 10).file(2, 10).table(), {}, false).empty());
}

TEST(CompactionGroups, ManySmallFilesAreMerged) {
  Layout layout;
  Groups expected(1);
  for (catalog::FileId id = 1; id <= 8; ++id) {
    layout.file(id, 10);
    expected[0].push_back(id);
  }
  EXPECT_EQ(compaction_groups(layout.table(), {}, false), expected);
}

TEST(CompactionGroups, LargeFilesStay) {
  Layout layout;
  for (catalog::FileId id = 1; id <= 20; ++id) layout.file(id, 100ULL << 20U);
  EXPECT_TRUE(compaction_groups(layout.table(), {}, true).empty());
}

TEST(CompactionGroups, AThinnedLargeFileIsRewrittenAlone) {
  const auto table = Layout().file(1, 100ULL << 20U, 100, 31).file(2, 100ULL << 20U, 100, 30).table();
  EXPECT_EQ(compaction_groups(table, {}, false), (Groups{{1}}));
}

TEST(CompactionGroups, PartitionsAreNotMixed) {
  const auto table = Layout()
                         .file(1, 10, 100, 0, {"a"})
                         .file(2, 10, 100, 0, {"b"})
                         .file(3, 10, 100, 0, {"a"})
                         .file(4, 10, 100, 0, {std::nullopt})
                         .table();
  EXPECT_EQ(compaction_groups(table, {}, true), (Groups{{1, 3}}));
}

TEST(CompactionGroups, AMergeReadsABoundedAmount) {
  UpkeepOptions options;
  options.merge_bytes_max = 25;
  Layout layout;
  for (catalog::FileId id = 1; id <= 6; ++id) layout.file(id, 10);
  EXPECT_EQ(compaction_groups(layout.table(), options, true), (Groups{{1, 2}, {3, 4}, {5, 6}}));
}

}  // namespace
}  // namespace lake::upkeep
