#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/catalog/file_stats.hpp"
#include "lake/catalog/table_map.hpp"
#include "lake/codec/roaring.hpp"

namespace lake::catalog {

/// Lake-wide version: the number of a commit. 0 is the empty lake. VERSION in SQL.
using CommitId = std::uint64_t;
using TableId = std::uint64_t;
using FileId = std::uint64_t;  // per table, see RowAddress
using FieldId = std::int32_t;  // per table, never reused; nested fields have their own

/// Hidden columns written physically where rows keep an older identity; Iceberg v3 reserved field ids.
inline constexpr FieldId kRowIdField = 2147483540;
inline constexpr FieldId kLastUpdatedSequenceField = 2147483539;

/// A column or a nested part of one. `type` is the engine's SQL text of a leaf type (e.g. "DECIMAL(18,3)",
/// "ENUM('a', 'b')", "GEOMETRY('OGC:CRS84')"), or "STRUCT", "LIST", "MAP", "ARRAY(n)", "UNION" with children.
struct Field {
  FieldId id = 0;
  std::string name;
  std::string type;
  std::vector<Field> children;
  // top-level columns only:
  bool not_null = false;
  std::optional<std::string> default_sql;  // for rows inserted from now on
  std::optional<std::string> initial_sql;  // constant literal for rows older than the column; absent = NULL
  std::optional<std::string> comment;
  std::string collation;  // empty = binary
  bool operator==(const Field&) const = default;
};

/// True when the two lists say the same of rows: they may differ in comments.
bool same_rows(const std::vector<Field>& left, const std::vector<Field>& right);

/// Immutable columns of a table; a change makes a new one with the next schema_id.
struct Schema {
  std::int32_t schema_id = 0;
  std::vector<Field> fields;
};

/// Iceberg's transform of one source column. `argument`: N of bucket, W of truncate, else 0.
enum class Transform : std::uint8_t { kIdentity, kBucket, kTruncate, kYear, kMonth, kDay, kHour };

struct PartitionField {
  FieldId source = 0;
  std::int32_t partition_field_id = 1000;  // Iceberg numbers them from 1000
  Transform transform = Transform::kIdentity;
  std::int32_t argument = 0;
  std::string name;
  bool operator==(const PartitionField&) const = default;
};
struct PartitionSpec {
  std::int32_t spec_id = 0;
  std::vector<PartitionField> fields;  // empty = unpartitioned
};
struct SortField {
  FieldId source = 0;
  bool ascending = true;
  bool nulls_first = true;
  bool operator==(const SortField&) const = default;
};
struct SortOrder {
  std::int32_t order_id = 0;
  std::vector<SortField> fields;  // empty = unsorted
};

/// One immutable Parquet file of a table.
struct DataFile {
  FileId file_id = 0;
  std::string path;  // relative to the data directory
  std::uint64_t row_count = 0;
  std::uint64_t bytes = 0;
  std::uint64_t footer_bytes = 0;
  std::uint64_t checksum = 0;  // XXH3-64 of the whole file; 0 = not recorded
  std::int32_t schema_id = 0;
  std::int32_t spec_id = 0;
  std::int32_t order_id = 0;  // 0 = not sorted
  std::vector<std::optional<std::string>>
      partition;                   // one single-value serialisation for each spec field; null = NULL
  std::uint64_t first_row_id = 0;  // row id = first_row_id + position unless the file carries _row_id
  bool carries_row_ids =
      false;           // physical _row_id and _last_updated_sequence_number columns, NULL = inherited
  CommitId begin = 0;  // first version that sees it; its sequence number
  FileStats stats;
  std::shared_ptr<const void> lease;  // keeps a file that no version names yet from orphan removal; else null
};

/// What a chunk takes in memory beside its bytes, about: its description, two allocations.
inline constexpr std::uint64_t kChunkOverheadBytes = 160;

/// Rows appended by one commit to an inline segment.
struct SegmentChunk {
  std::uint32_t start = 0;  // position of its first row in the segment
  std::uint32_t row_count = 0;
  CommitId begin = 0;  // first version that sees it
  std::uint64_t first_row_id = 0;
  std::int32_t schema_id = 0;
  std::shared_ptr<const std::string> bytes;  // docs/formats/inline_segment.md
};

/// A growing pseudo-file of a table: chunks in commit order, positions without gaps. Shared by all snapshots;
/// a snapshot sees a prefix of it (SegmentView::row_count). Only the committer appends. Threads: any;
/// chunks() is safe beside an append.
class Segment {
 public:
  Segment(TableId table, FileId file, std::uint64_t number)
      : table_id(table), file_id(file), segment_no(number) {}
  const TableId table_id;
  const FileId file_id;
  const std::uint64_t segment_no;  // its key in the catalog; lake-wide

  void append(SegmentChunk chunk);
  /// Chunks that start below `row_count`, in order, beginning with the first that starts at or after
  /// `from_row`.
  [[nodiscard]] std::vector<SegmentChunk> chunks(std::uint32_t from_row, std::uint32_t row_count) const;

 private:
  mutable Mutex mutex_;
  std::vector<SegmentChunk> chunks_ LAKE_GUARDED_BY(mutex_);
};

/// What one snapshot sees of a segment.
struct SegmentView {
  std::shared_ptr<const Segment> segment;
  std::uint32_t row_count = 0;
  std::uint64_t bytes = 0;        // of the visible chunks
  CommitId begin = 0;             // version of its first chunk
  CommitId changed = 0;           // version of its last visible chunk
  std::int64_t begin_micros = 0;  // wall time of its first chunk
  std::uint64_t chunk_count = 0;  // visible chunks
};

using FilePtr = std::shared_ptr<const DataFile>;
using FileList = std::vector<FilePtr>;
using BitmapPtr = std::shared_ptr<const codec::RoaringBitmap>;

/// One table as one version sees it. Immutable once in a snapshot.
struct Table {
  TableId table_id = 0;
  std::string uuid;
  std::string schema_name;
  std::string name;
  std::string location;      // relative: tables/<schema>/<table>-<id>
  CommitId version = 0;      // last commit that changed it
  CommitId ddl_version = 0;  // last commit that changed its definition
  std::shared_ptr<const Schema> schema;
  std::shared_ptr<const std::map<std::int32_t, std::shared_ptr<const Schema>>> schemas;  // all, by id
  std::vector<PartitionSpec> specs;  // all; `spec_id` is the current one
  std::int32_t spec_id = 0;
  std::vector<SortOrder> orders;
  std::int32_t order_id = 0;
  std::vector<std::string> checks;  // SQL text of CHECK constraints
  std::map<std::string, std::string> properties;
  std::optional<std::string> comment;
  FieldId next_field_id = 1;
  std::uint64_t next_row_id = 0;
  std::shared_ptr<const FileList> files;  // live Parquet files, ascending file_id; never null
  std::vector<SegmentView> segments;      // ascending file_id
  std::shared_ptr<const std::map<FileId, BitmapPtr>>
      deletes;                  // files and segments with deleted rows; never null
  std::uint64_t live_rows = 0;  // exact: files and segments less deletes
  std::uint64_t file_bytes = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t segment_rows = 0;
  std::uint64_t segment_chunks = 0;  // commits whose rows are still inline
};
using TablePtr = std::shared_ptr<const Table>;

enum class ObjectKind : std::uint8_t { kView, kMacro, kTableMacro, kType };

/// A view, macro or named type: the SQL that makes it, replayed by the engine floor.
struct Object {
  std::uint64_t object_id = 0;
  ObjectKind kind = ObjectKind::kView;
  std::string schema_name;
  std::string name;
  std::string sql;  // CREATE ... text
  std::optional<std::string> comment;
  std::map<std::string, std::string> column_comments;
  CommitId version = 0;
};
using ObjectPtr = std::shared_ptr<const Object>;

struct SchemaEntry {
  std::string name;
  std::optional<std::string> comment;
  CommitId version = 0;
};

/// The whole lake at one version. Immutable and shared; holding it costs memory only. Names compare
/// case-insensitively (lower-cased ASCII keys); entries keep the spelling they were made with. Every lake has
/// the schema "main", from version 0 on.
struct Snapshot {
  CommitId commit_id = 0;
  std::int64_t committed_micros = 0;                // never lower than that of an earlier commit
  CommitId ddl_version = 0;                         // last commit that changed any definition
  using Key = std::pair<std::string, std::string>;  // lower-case schema, lower-case name
  std::shared_ptr<const std::map<std::string, SchemaEntry>> schemas;  // by lower-case name
  std::shared_ptr<const std::map<Key, TableId>> table_names;
  std::shared_ptr<const std::map<Key, ObjectPtr>> views;
  std::shared_ptr<const std::map<Key, ObjectPtr>> macros;  // scalar and table macros
  std::shared_ptr<const std::map<Key, ObjectPtr>> types;
  TableMap tables;  // iterates as (TableId, TablePtr)
  // inline rows of all tables together
  std::uint64_t inline_bytes = 0;
  std::uint64_t inline_chunks = 0;
  std::uint64_t inline_segments = 0;

  [[nodiscard]] TablePtr find(const std::string& schema, const std::string& table) const;  // any spelling
  [[nodiscard]] TablePtr find(TableId id) const;
  /// Corrects the sums over all tables for one that changes; null = absent before, or after.
  void count_inline(const Table* before, const Table* after);
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

std::string lower_ascii(std::string_view text);

}  // namespace lake::catalog
