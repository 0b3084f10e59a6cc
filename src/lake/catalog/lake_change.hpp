#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lake/catalog/model.hpp"

namespace lake::catalog {

class StatisticsRoom;

/// One chunk to append to a segment once its commit is durable.
struct NewChunk {
  std::shared_ptr<Segment> segment;
  bool new_segment = false;
  SegmentChunk chunk;
  std::uint64_t row_id_end = 0;  // the table's next row id after it
};

/// One file to add. `fresh_row_ids`: its rows got new row ids, which ends the table's at its last.
struct AddedFile {
  FilePtr file;
  bool fresh_row_ids = false;
};

/// What one commit changes of one table, ready to be written as rows.
struct TableChange {
  TablePtr before;  // null = the table is new
  TablePtr after;   // null = dropped
  bool redefined = false;
  std::vector<std::shared_ptr<const Schema>> new_columns;
  std::vector<AddedFile> added_files;
  std::vector<FileId> ended_files;
  std::vector<NewChunk> chunks;
  std::vector<std::uint64_t> ended_segments;
  std::vector<FileId> ended_bitmaps;
  std::vector<std::pair<FileId, BitmapPtr>> new_bitmaps;         // of files new in this commit
  std::vector<std::pair<FileId, codec::RoaringBitmap>> deleted;  // beside what was deleted before
};

/// One accepted commit: the snapshot after it and the rows that make it.
struct LakeChange {
  std::shared_ptr<const Snapshot> after;
  std::vector<TableChange> tables;
  std::vector<std::string> ended_schemas;
  std::vector<SchemaEntry> new_schemas;
  std::vector<std::uint64_t> ended_objects;  // object ids
  std::vector<ObjectPtr> new_objects;
  std::string changes;  // text for people
  bool empty = false;   // nothing was asked for: `after` is the version before
};

/// What the committer knows beside the snapshots. Threads: the committer only.
struct CommitterState {
  StatisticsRoom& statistics;
  std::map<TableId, std::shared_ptr<Segment>> open_segments;  // where the next append goes if it still fits
  std::uint64_t next_segment_no = 1;
  std::uint64_t next_object_id = 1;
};

}  // namespace lake::catalog
