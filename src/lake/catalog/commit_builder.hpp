#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/commit.hpp"
#include "lake/catalog/id_reserve.hpp"
#include "lake/catalog/lake_change.hpp"
#include "lake/catalog/model.hpp"

namespace lake::catalog {

/// Judges one commit request against the newest snapshot and works out the next one, without touching the
/// disk. Shape: made for one request; build() once. Threads: the committer's. Errors of build(): those of
/// Catalog::commit that are the request's own fault; nothing has changed then.
class CommitBuilder {
 public:
  CommitBuilder(SnapshotPtr before, const CommitRequest& request, std::int64_t micros,
                std::uint32_t segment_rows_max, CommitterState& state, IdReserve& ids);
  Result<LakeChange> build();

 private:
  /// A table of the next snapshot while it is being changed.
  struct TableEdit {
    TablePtr before;
    std::shared_ptr<Table> table;                          // null = dropped
    std::shared_ptr<FileList> files;                       // null = unchanged
    std::shared_ptr<std::map<FileId, BitmapPtr>> deletes;  // null = unchanged
    std::set<FileId> touched_bitmaps;                      // ended with their file, or made with it
    std::map<FileId, codec::RoaringBitmap> deleted;        // from files that stay
    TableChange rows;
    std::uint64_t appended_rows = 0;
    std::uint64_t deleted_rows = 0;
  };

  // definitions (definition_change.cpp)
  Status define(const CreateSchema& change);
  Status define(const DropSchema& change);
  Status define(const CreateTable& change);
  Status define(const DropTable& change);
  Status define(const AlterTable& change);
  Status define(const PutObject& change);
  Status define(const DropObject& change);
  Status define(const CommentSchema& change);
  Status check_table(const Table& table) const;
  Status check_name_free(const std::string& schema, const std::string& name);
  Status check_alter(const TableEdit& edit, const AlterTable& change) const;

  // data (data_change.cpp)
  Status change_data(const TableDelta& delta);
  Status check_schema(const TableEdit& edit, const TableDelta& delta) const;
  Status remove_files(TableEdit& edit, const TableDelta& delta, std::uint64_t& removed_live);
  Status delete_rows(TableEdit& edit, const TableDelta& delta);
  Status add_files(TableEdit& edit, const TableDelta& delta, std::uint64_t& added_live);
  Status add_file(TableEdit& edit, const TableDelta& delta, const DataFile& file, std::uint64_t& added_live);
  Status append_rows(TableEdit& edit, const SegmentAppend& append);
  Result<SegmentView*> segment_for(TableEdit& edit, std::uint32_t row_count, NewChunk& chunk);

  Result<TableEdit*> edit_table(TableId id);
  Error gone(TableId id) const;
  /// An Error of `code`, or kConflict when `version` came after the transaction's base.
  [[nodiscard]] Error clash(ErrorCode code, CommitId version, const std::string& message) const;
  /// The error for a definition that is not there: kConflict when definitions changed after the transaction's
  /// base, because it had looked and found it.
  [[nodiscard]] Error missing(const std::string& message) const;
  LakeChange finish();
  void finish_table(TableEdit& edit, LakeChange& change);
  void finish_definitions(LakeChange& change);
  void say(const std::string& text);

  template <class Map>
  static Map& editable(std::shared_ptr<const Map>& slot, std::shared_ptr<Map>& made) {
    if (made == nullptr) {
      made = std::make_shared<Map>(*slot);
      slot = made;
    }
    return *made;
  }
  using ObjectMap = std::map<Snapshot::Key, ObjectPtr>;
  ObjectMap& objects_of(ObjectKind kind);
  void remember_object(ObjectKind kind, const Snapshot::Key& key);

  const SnapshotPtr before_;
  const CommitRequest& request_;
  const CommitId id_;
  const std::uint32_t segment_rows_max_;
  const std::int64_t micros_;
  CommitterState& state_;
  IdReserve& ids_;

  Snapshot next_;
  std::shared_ptr<std::map<std::string, SchemaEntry>> schemas_;  // set once changed, as are the next four
  std::shared_ptr<std::map<Snapshot::Key, TableId>> table_names_;
  std::shared_ptr<ObjectMap> views_;
  std::shared_ptr<ObjectMap> macros_;
  std::shared_ptr<ObjectMap> types_;
  std::map<TableId, TableEdit> edits_;
  std::set<std::string> touched_schemas_;
  std::set<Snapshot::Key> touched_views_;
  std::set<Snapshot::Key> touched_macros_;
  std::set<Snapshot::Key> touched_types_;
  std::string changes_;
};

}  // namespace lake::catalog
