#include <algorithm>
#include <map>
#include <set>

#include "lake/catalog/catalog.hpp"
#include "lake/catalog/catalog_fixture.hpp"

namespace lake::catalog {
namespace {

/// The simplest thing that could be a lake: every file a list of rows that live or not.
struct ModelFile {
  std::vector<bool> live;
  bool segment = false;
};
struct ModelTable {
  std::map<FileId, ModelFile> files;
  CommitId segment_changed = 0;

  [[nodiscard]] std::uint64_t live_rows() const {
    std::uint64_t count = 0;
    for (const auto& [id, file] : files) {
      count += static_cast<std::uint64_t>(std::count(file.live.begin(), file.live.end(), true));
    }
    return count;
  }
};

/// Random commits, some from old bases, judged by the model first; then every version is compared with what
/// it was.
class CatalogPropertyTest : public CatalogFixture, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  std::uint64_t pick(std::uint64_t bound) { return dice_.next() % bound; }

  CommitRequest based(const SnapshotPtr& base, TableDelta delta) {
    CommitRequest made;
    made.base = base->commit_id;
    made.deltas.push_back(std::move(delta));
    return made;
  }

  void create() {
    const TableId id = make_table("t" + std::to_string(model_.size()));
    model_[id];
  }

  void append_some(TableId id, const SnapshotPtr& base) {
    const auto count = static_cast<std::uint32_t>(1 + pick(3));
    TableDelta delta;
    delta.table_id = id;
    delta.appends.push_back(rows(count, std::string(count, 'r')));
    const auto outcome = catalog_->commit(based(base, std::move(delta)));
    ASSERT_TRUE(outcome) << outcome.error().message();
    const SegmentView& view = outcome->snapshot->find(id)->segments.back();
    ModelFile& file = model_[id].files[view.segment->file_id];
    file.segment = true;
    file.live.resize(file.live.size() + count, true);
    EXPECT_EQ(file.live.size(), view.row_count);
  }

  void add_some(TableId id, const SnapshotPtr& base) {
    TableDelta delta;
    delta.table_id = id;
    delta.added_files.push_back(file_of(id, 1 + pick(20)));
    const DataFile& file = delta.added_files.front();
    model_[id].files[file.file_id].live.assign(file.row_count, true);
    const auto outcome = catalog_->commit(based(base, std::move(delta)));
    ASSERT_TRUE(outcome) << outcome.error().message();
  }

  /// Deletes up to three rows that live in `base`; whether they still do decides about the outcome.
  void delete_some(TableId id, const SnapshotPtr& base) {
    const TablePtr seen = base->find(id);
    if (seen == nullptr || (seen->files->empty() && seen->segments.empty())) return;
    const std::size_t choice = pick(seen->files->size() + seen->segments.size());
    const bool is_file = choice < seen->files->size();
    const FileId file = is_file ? seen->files->at(choice)->file_id
                                : seen->segments.at(choice - seen->files->size()).segment->file_id;
    const std::uint64_t row_count = is_file ? seen->files->at(choice)->row_count
                                            : seen->segments.at(choice - seen->files->size()).row_count;
    const auto known = seen->deletes->find(file);
    std::set<std::uint32_t> chosen;
    for (int round = 0; round < 3; ++round) {
      const auto position = static_cast<std::uint32_t>(pick(row_count));
      if (known == seen->deletes->end() || !known->second->contains(position)) chosen.insert(position);
    }
    if (chosen.empty()) return;
    TableDelta delta;
    delta.table_id = id;
    delta.deletes[file] = {positions({chosen.begin(), chosen.end()}),
                           known == seen->deletes->end() ? nullptr : known->second};
    const auto held = model_[id].files.find(file);
    const bool expected = held != model_[id].files.end() &&
                          std::all_of(chosen.begin(), chosen.end(),
                                      [&](std::uint32_t row) { return held->second.live.at(row); });
    const auto outcome = catalog_->commit(based(base, std::move(delta)));
    ASSERT_EQ(outcome.has_value(), expected);
    if (!expected) {
      EXPECT_EQ(outcome.error().code(), ErrorCode::kConflict);
      return;
    }
    for (const std::uint32_t row : chosen) held->second.live.at(row) = false;
  }

  /// Rewrites one file of `base` into a new one without its deleted rows.
  void compact_some(TableId id, const SnapshotPtr& base) {
    const TablePtr seen = base->find(id);
    if (seen == nullptr || seen->files->empty()) return;
    const FilePtr source = seen->files->at(pick(seen->files->size()));
    const auto known = seen->deletes->find(source->file_id);
    const std::uint64_t gone = known == seen->deletes->end() ? 0 : known->second->cardinality();
    TableDelta delta;
    delta.table_id = id;
    delta.rewrite = true;
    delta.removed_files = {source->file_id};
    if (gone > 0) delta.expected_deletes[source->file_id] = known->second;
    FileId target = 0;
    if (gone < source->row_count) {
      delta.added_files.push_back(file_of(id, source->row_count - gone));
      target = delta.added_files.front().file_id;
    }
    const auto held = model_[id].files.find(source->file_id);
    const bool expected = held != model_[id].files.end() &&
                          static_cast<std::uint64_t>(
                              std::count(held->second.live.begin(), held->second.live.end(), false)) == gone;
    const auto outcome = catalog_->commit(based(base, std::move(delta)));
    ASSERT_EQ(outcome.has_value(), expected);
    if (!expected) return;
    model_[id].files.erase(held);
    if (target != 0) model_[id].files[target].live.assign(source->row_count - gone, true);
  }

  void flush(TableId id) {
    const SnapshotPtr sealed = catalog_->seal_segments(id).value();
    TableDelta delta;
    delta.table_id = id;
    delta.rewrite = true;
    std::uint64_t live = 0;
    for (const SegmentView& view : sealed->find(id)->segments) {
      const FileId file = view.segment->file_id;
      delta.removed_files.push_back(file);
      live += view.row_count;
      const auto known = sealed->find(id)->deletes->find(file);
      if (known == sealed->find(id)->deletes->end()) continue;
      delta.expected_deletes[file] = known->second;
      live -= known->second->cardinality();
    }
    if (delta.removed_files.empty()) return;
    if (live > 0) delta.added_files.push_back(file_of(id, live));
    const std::vector<FileId> removed = delta.removed_files;
    const FileId target = live > 0 ? delta.added_files.front().file_id : 0;
    const auto outcome = catalog_->commit(based(sealed, std::move(delta)));
    ASSERT_TRUE(outcome) << outcome.error().message();
    for (const FileId file : removed) model_[id].files.erase(file);
    if (target != 0) model_[id].files[target].live.assign(live, true);
  }

  void step() {
    if (model_.empty() || pick(25) == 0) return create();
    auto table = model_.begin();
    std::advance(table, static_cast<std::ptrdiff_t>(pick(model_.size())));
    const SnapshotPtr base = bases_.at(pick(bases_.size()));
    switch (pick(8)) {
      case 0:
        return flush(table->first);
      case 1:
        return add_some(table->first, base);
      case 2:
        return compact_some(table->first, base);
      case 3:
      case 4:
      case 5:
        return delete_some(table->first, base);
      default:
        return append_some(table->first, base);
    }
  }

  void compare() {
    const SnapshotPtr head = catalog_->current();
    ASSERT_EQ(head->tables.size(), model_.size());
    for (const auto& [id, expected] : model_) {
      const TablePtr found = head->find(id);
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(found->live_rows, expected.live_rows());
      EXPECT_EQ(found->files->size() + found->segments.size(), expected.files.size());
      for (const auto& [file, model] : expected.files) {
        const auto bitmap = found->deletes->find(file);
        for (std::uint32_t row = 0; row < model.live.size(); ++row) {
          const bool deleted = bitmap != found->deletes->end() && bitmap->second->contains(row);
          ASSERT_EQ(!deleted, model.live.at(row));
        }
      }
    }
  }

  std::map<TableId, ModelTable> model_;
  std::vector<SnapshotPtr> bases_;
  std::map<CommitId, std::string> seen_;
  os::SeededRandom dice_{1};
};

TEST_P(CatalogPropertyTest, RandomCommitsAgreeWithTheModelAndEveryVersionStays) {
  ASSERT_TRUE(catalog_->close());
  options_.segment_rows_max = 6;
  open();
  for (std::uint64_t skip = 0; skip < GetParam(); ++skip) dice_.next();
  for (int round = 0; round < 150; ++round) {
    bases_.push_back(catalog_->current());
    if (bases_.size() > 3) bases_.erase(bases_.begin());
    step();
    if (HasFatalFailure()) return;
    seen_[catalog_->current()->commit_id] = describe(*catalog_->current());
    if (round % 50 == 49) {
      compare();
      reopen();
      EXPECT_EQ(describe(*catalog_->current()), seen_.rbegin()->second);
      compare();
    }
  }
  for (const auto& [version, expected] : seen_) {
    const auto then = catalog_->at_version(version);
    ASSERT_TRUE(then) << then.error().message();
    EXPECT_EQ(describe(**then), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, CatalogPropertyTest, ::testing::Values(1, 20, 300, 4000));

}  // namespace
}  // namespace lake::catalog
