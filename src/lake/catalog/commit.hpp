#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lake/catalog/model.hpp"

namespace lake::catalog {

/// New rows for a table's inline segment. Positions are given at commit, so concurrent appends never
/// conflict.
struct SegmentAppend {
  std::uint32_t row_count = 0;
  std::int32_t schema_id = 0;
  std::shared_ptr<const std::string> bytes;
  std::uint64_t fresh_row_ids =
      0;  // rows without an inherited identity; normally row_count. When not 0, row_count ids
          // are given, so that id = chunk.first_row_id + position in the chunk
};

/// Rows newly deleted from one live file or segment.
struct RowDeletes {
  codec::RoaringBitmap positions;  // positions newly deleted by this transaction
  BitmapPtr base;                  // what the transaction saw as deleted; null = nothing
};

/// What one transaction does to the data of one table. Judged by effect:
///  - appends never conflict, unless the table was dropped or its schema_id changed (by another transaction);
///  - deletes conflict when a file is gone or another transaction deleted one of the same rows since `base`;
///  - removals (rewrites) conflict when a file is gone or its bitmap differs from `expected_deletes`, or when
///  a removed
///    segment has grown since CommitRequest::base (Catalog::seal_segments keeps it from growing).
/// Removals come before appends: rows appended by the same delta never land in a removed segment.
struct TableDelta {
  TableId table_id = 0;
  std::int32_t schema_id = 0;         // schema the rows were written with
  std::vector<DataFile> added_files;  // begin is filled in by the commit; first_row_id too unless `rewrite`
  std::vector<SegmentAppend> appends;
  std::map<FileId, RowDeletes> deletes;
  std::vector<FileId> removed_files;             // whole files or segments, replaced by added_files
  std::map<FileId, BitmapPtr> expected_deletes;  // for removed_files with deletes
  std::map<FileId, codec::RoaringBitmap>
      added_deletes;  // rows of added_files that are born deleted (compaction)
  bool rewrite =
      false;  // content unchanged (flush, compaction): added files keep their rows' identity: first_row_id is
              // the caller's, or the file carries row ids; live rows added = live rows removed (checked)
};

/// Definition changes, applied in order before data. What another transaction made, changed or dropped since
/// CommitRequest::base is a kConflict; otherwise kAlreadyExists and kNotFound say what they say.
struct CreateSchema {
  std::string name;
};
struct DropSchema {
  std::string name;
};  // must be empty by then (kInvalidArgument otherwise)
struct CreateTable {
  Table table;
};  // table_id, uuid, location already chosen by Catalog::reserve_table
struct DropTable {
  TableId table_id = 0;
};
/// Replaces the definition (name, schemas, specs, orders, checks, properties, comment, next_field_id) of a
/// table; data members of `table` are ignored. Conflicts when the table's ddl_version is not
/// `base_ddl_version`; and when it adds NOT NULL or CHECK or changes a type while another transaction wrote
/// rows since CommitRequest::base.
struct AlterTable {
  Table table;
  CommitId base_ddl_version = 0;
};
struct PutObject {
  Object object;
};  // creates or replaces
struct DropObject {
  ObjectKind kind = ObjectKind::kView;
  std::string schema_name;
  std::string name;
};
struct CommentSchema {
  std::string name;
  std::optional<std::string> comment;
};
using Definition = std::variant<CreateSchema, DropSchema, CreateTable, DropTable, AlterTable, PutObject,
                                DropObject, CommentSchema>;

/// One atomic change of the lake.
struct CommitRequest {
  CommitId base = 0;  // version the transaction read
  std::vector<Definition> definitions;
  std::vector<TableDelta> deltas;
  std::string author;
  std::string message;
  std::string idempotency_key;  // empty = none; a repeated key answers with the first outcome
};

struct CommitOutcome {
  CommitId commit_id = 0;
  SnapshotPtr snapshot;  // as of this commit
};

}  // namespace lake::catalog
