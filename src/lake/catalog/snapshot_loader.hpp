#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "lake/base/result.hpp"
#include "lake/catalog/definition_text.hpp"
#include "lake/catalog/id_reserve.hpp"
#include "lake/catalog/lake_change.hpp"
#include "lake/catalog/model.hpp"
#include "lake/catalog/sqlite_connection.hpp"
#include "lake/catalog/statistics_room.hpp"

namespace lake::catalog {

/// Builds the snapshot of one version from the catalog's rows: each table of rows is read once, in key order,
/// and never table by table of the lake. Every blob's checksum is verified. Shape: made for one load.
/// Threads: the connection's. Errors: kCorruption (names file and finding), kIo.
class SnapshotLoader {
 public:
  /// `reuse`: a snapshot whose files and segments may be shared; null = none. `statistics`: where those of
  /// files find room; null = all are kept.
  SnapshotLoader(SqliteConnection& connection, CommitId version, const Snapshot* reuse,
                 StatisticsRoom* statistics);

  Result<SnapshotPtr> load();
  /// Loads the newest version and with it everything the committer goes on from.
  Result<SnapshotPtr> load_head(CommitterState& state, IdReserve& ids);

 private:
  struct TableParts {
    std::shared_ptr<Table> table;
    std::shared_ptr<std::map<std::int32_t, std::shared_ptr<const Schema>>> columns;
    std::shared_ptr<FileList> files;
    std::shared_ptr<std::map<FileId, BitmapPtr>> deletes;
    std::int32_t schema_id = 0;
    bool defined = false;
    TablePtr reuse;
  };
  struct LiveSegment {
    TableParts* parts;
    std::size_t view_index;
    std::shared_ptr<Segment> segment;
  };

  Status load_commit();
  Status load_schemas();
  Status load_objects();
  Status load_tables();
  Status load_columns();
  Status load_definitions();
  Status load_files();
  /// `stats`: the file's statistics; null = it has none.
  Status load_file(TableParts& parts, FileId file_id, const Rows& rows, const Rows* stats);
  Status load_bitmaps();
  Status load_segments();
  Status load_row_ids_of(const std::vector<std::pair<std::uint64_t, Table*>>& ended);
  Status load_chunks();
  Status load_chunk(const LiveSegment& live, std::uint32_t start, const Rows& rows);
  Result<SnapshotPtr> finish();
  Result<TablePtr> finish_table(TableParts& parts);

  TableParts* parts_of(TableId table);
  /// False for a row that this version does not see; notes in `parts` that it once changed the table.
  [[nodiscard]] bool visible(TableParts* parts, const Rows& rows, int begin_column, int end_column) const;
  [[nodiscard]] Error damaged(const std::string& what) const;
  Status verify(const std::string& what, std::string_view bytes, std::uint64_t expected) const;

  SqliteConnection& connection_;
  const CommitId version_;
  const Snapshot* reuse_;
  StatisticsRoom* statistics_;
  CommitterState* state_ = nullptr;  // set while the head is loaded
  IdReserve* ids_ = nullptr;
  DefinitionReader reader_;
  std::shared_ptr<Snapshot> snapshot_;
  std::map<TableId, TableParts> tables_;
  std::map<std::uint64_t, LiveSegment> segments_;  // by segment number, chunks still to be read
  TableId last_table_ = 0;
  TableParts* last_parts_ = nullptr;
};

}  // namespace lake::catalog
