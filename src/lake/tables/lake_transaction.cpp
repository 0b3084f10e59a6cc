#include "lake/tables/lake_transaction.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "duckdb/storage/buffer_manager.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/definition_overlay.hpp"
#include "lake/tables/inline_room.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/scan.hpp"
#include "lake/tables/segment_codec.hpp"
#include "lake/tables/table_append.hpp"
#include "lake/tables/table_files.hpp"

namespace lake::tables {
namespace {

using Deletes = std::map<catalog::FileId, codec::RoaringBitmap>;

/// Room for rows until the commit. More of them than one statement keeps in plain memory belong to the
/// engine: they count against its memory limit and go to its spill space when that is short.
std::shared_ptr<duckdb::ColumnDataCollection> room_for(duckdb::DatabaseInstance& database,
                                                       const TableOptions& options, std::uint64_t bytes,
                                                       const duckdb::vector<duckdb::LogicalType>& types) {
  if (bytes <= options.inline_bytes_max)
    return std::make_shared<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(), types);
  return std::make_shared<duckdb::ColumnDataCollection>(duckdb::BufferManager::GetBufferManager(database),
                                                        types);
}

/// One run holding the rows of two that follow each other.
RowRunPtr joined(duckdb::DatabaseInstance& database, const TableOptions& options, const RowRun& first,
                 const RowRun& second) {
  auto rows = room_for(database, options, first.rows->SizeInBytes() + second.rows->SizeInBytes(),
                       first.rows->Types());
  duckdb::ColumnDataAppendState append;
  rows->InitializeAppend(append);
  for (const RowRun* run : {&first, &second}) {
    for (auto& chunk : run->rows->Chunks()) rows->Append(append, chunk);
  }
  auto run = std::make_shared<RowRun>(first);
  run->rows = std::move(rows);
  run->visible_rows = first.visible_rows + second.visible_rows;
  return run;
}

/// The rows of a run that are not deleted; the run's own collection when none is.
std::shared_ptr<duckdb::ColumnDataCollection> live_rows(duckdb::DatabaseInstance& database,
                                                        const TableOptions& options, const RowRun& run,
                                                        const codec::RoaringBitmap* deleted) {
  if (deleted == nullptr || !deleted->intersects_range(run.start, run.start + run.visible_rows))
    return run.rows;
  auto rows = room_for(database, options, run.rows->SizeInBytes(), run.rows->Types());
  duckdb::ColumnDataAppendState append;
  rows->InitializeAppend(append);
  std::uint32_t position = run.start;
  for (auto& chunk : run.rows->Chunks()) {
    duckdb::SelectionVector kept(chunk.size());
    duckdb::idx_t count = 0;
    for (duckdb::idx_t row = 0; row < chunk.size(); ++row, ++position) {
      if (!deleted->contains(position)) kept.set_index(count++, row);
    }
    if (count == 0) continue;
    duckdb::DataChunk part;
    part.Initialize(duckdb::Allocator::DefaultAllocator(), rows->Types());
    chunk.Copy(part, kept, count, 0);
    rows->Append(append, part);
  }
  return rows;
}

std::uint64_t bytes_of(const std::map<std::int32_t, RowLists>& lists) {
  std::uint64_t bytes = 0;
  for (const auto& [schema_id, collections] : lists) {
    for (const auto& rows : collections) {
      for (auto& chunk : rows->Chunks()) bytes += bytes_in(chunk);
    }
  }
  return bytes;
}

/// True when rows of `schema` can be partitioned and sorted as the table is now.
bool has_layout_columns(const catalog::Table& table, const catalog::Schema& schema) {
  const auto type_in = [](const catalog::Schema& columns, catalog::FieldId id) -> std::optional<std::string> {
    for (const catalog::Field& field : columns.fields) {
      if (field.id == id) return field.type;
    }
    return std::nullopt;
  };
  const auto has = [&](catalog::FieldId id) {
    const auto type = type_in(schema, id);
    return type && type == type_in(*table.schema, id);
  };
  for (const catalog::PartitionSpec& spec : table.specs) {
    if (spec.spec_id != table.spec_id) continue;
    for (const auto& field : spec.fields) {
      if (!has(field.source)) return false;
    }
  }
  for (const catalog::SortOrder& order : table.orders) {
    if (order.order_id != table.order_id) continue;
    for (const auto& field : order.fields) {
      if (!has(field.source)) return false;
    }
  }
  return true;
}

}  // namespace

struct LakeTransaction::Changes {
  catalog::FileList added_files;
  std::optional<catalog::FileId> rows_file;  // the pseudo-file that own rows lie in
  std::uint64_t row_count = 0;               // rows added to it, deleted ones included
  std::vector<RowRunPtr> runs;
  std::vector<std::int32_t> run_schemas;    // schema_id of each run
  Deletes deletes;                          // committed and own files alike
  std::set<catalog::FileId> removed_files;  // committed files removed whole
  TableViewPtr view;                        // of the current state; null when it changed
  std::uint64_t change_count = 0;
};

LakeTransaction::LakeTransaction(LakeCatalog& lake_catalog, duckdb::TransactionManager& owner,
                                 duckdb::ClientContext& client, catalog::SnapshotPtr snapshot,
                                 std::unique_ptr<catalog::Catalog::Pin> pin)
    : duckdb::Transaction(owner, client),
      lake_catalog_(lake_catalog),
      pin_(std::move(pin)),
      snapshot_(std::move(snapshot)),
      seen_(snapshot_) {}

LakeTransaction::~LakeTransaction() = default;

LakeTransaction& LakeTransaction::get(duckdb::ClientContext& context, duckdb::Catalog& catalog) {
  return duckdb::Transaction::Get(context, catalog).Cast<LakeTransaction>();
}

catalog::SnapshotPtr LakeTransaction::seen() const {
  const MutexLock lock(mutex_);
  return seen_;
}

catalog::TablePtr LakeTransaction::find(const std::string& schema, const std::string& name) {
  return seen()->find(schema, name);
}

catalog::TablePtr LakeTransaction::find(catalog::TableId id) { return seen()->find(id); }

std::vector<catalog::TablePtr> LakeTransaction::tables_in(const std::string& schema) {
  const catalog::SnapshotPtr all = seen();
  const std::string key = catalog::lower_ascii(schema);
  std::vector<catalog::TablePtr> result;
  for (auto place = all->table_names->lower_bound({key, ""}); place != all->table_names->end(); ++place) {
    if (place->first.first != key) break;
    if (auto table = all->find(place->second)) result.push_back(std::move(table));
  }
  return result;
}

void LakeTransaction::define(catalog::Definition change) {
  std::vector<catalog::Definition> changes;
  changes.push_back(std::move(change));
  define(std::move(changes));
}

void LakeTransaction::define(std::vector<catalog::Definition> changes) {
  const std::uint64_t stamp = lake_catalog_.next_stamp();
  const MutexLock lock(mutex_);
  seen_ = with_definitions(*seen_, changes, kOwnVersionBit | stamp);
  stamp_ = stamp;
  definition_stamp_ = stamp;
  for (catalog::Definition& change : changes) {
    if (const auto* dropped = std::get_if<catalog::DropTable>(&change)) changes_.erase(dropped->table_id);
    if (const auto* altered = std::get_if<catalog::AlterTable>(&change)) {
      if (const auto found = changes_.find(altered->table.table_id); found != changes_.end())
        found->second->view = nullptr;
    }
    definitions_.push_back(std::move(change));
  }
}

std::uint64_t LakeTransaction::catalog_version() const {
  const MutexLock lock(mutex_);
  return definition_stamp_ == 0 ? snapshot_->ddl_version : kOwnVersionBit | definition_stamp_;
}

duckdb::CatalogEntry& LakeTransaction::keep(
    const std::string& key, const std::function<std::shared_ptr<duckdb::CatalogEntry>()>& make) {
  {
    const MutexLock lock(mutex_);
    if (const auto found = kept_.find(key); found != kept_.end()) return *found->second;
  }
  auto made = make();
  const MutexLock lock(mutex_);
  return *kept_.emplace(key, std::move(made)).first->second;
}

LakeTransaction::Changes& LakeTransaction::changes_of(catalog::TableId id) {
  auto& changes = changes_[id];
  if (!changes) changes = std::make_unique<Changes>();
  return *changes;
}

void LakeTransaction::touch(catalog::TableId id) {
  Changes& changes = changes_of(id);
  changes.view = nullptr;
  ++changes.change_count;
}

TableViewPtr LakeTransaction::view(catalog::TableId id) {
  auto result = std::make_shared<TableView>();
  std::vector<RowRunPtr> own_runs;
  Deletes own_deletes;
  std::set<catalog::FileId> removed;
  std::uint64_t change_count = 0;
  {
    const MutexLock lock(mutex_);
    result->table = seen_->find(id);
    if (!result->table) {
      engine::throw_as_duckdb(Error(ErrorCode::kNotFound, "the table was dropped: id " + std::to_string(id)));
    }
    const Changes& changes = changes_of(id);
    if (changes.view) return changes.view;
    own_runs = changes.runs;
    own_deletes = changes.deletes;
    removed = changes.removed_files;
    result->own_files = changes.added_files;
    change_count = changes.change_count;
  }
  const catalog::Table& table = *result->table;
  result->files = table.files;
  result->live_rows = table.live_rows;
  if (!removed.empty()) {
    auto files = std::make_shared<catalog::FileList>();
    for (const catalog::FilePtr& file : *table.files) {
      if (!removed.contains(file->file_id)) {
        files->push_back(file);
        continue;
      }
      const auto gone = table.deletes->find(file->file_id);
      result->live_rows -= file->row_count - (gone == table.deletes->end() ? 0 : gone->second->cardinality());
    }
    result->files = std::move(files);
  }
  result->runs = lake_catalog_.segments().runs_of(table);
  for (const catalog::FilePtr& file : result->own_files) result->live_rows += file->row_count;
  for (RowRunPtr& run : own_runs) {
    result->live_rows += run->visible_rows;
    result->runs.push_back(std::move(run));
  }
  result->deletes = table.deletes;
  if (!own_deletes.empty()) {
    auto deletes = std::make_shared<std::map<catalog::FileId, catalog::BitmapPtr>>(*table.deletes);
    for (const auto& [file_id, positions] : own_deletes) {
      auto united = std::make_shared<codec::RoaringBitmap>(positions);
      auto& slot = (*deletes)[file_id];
      if (slot) united->unite(*slot);
      slot = std::move(united);
      result->live_rows -= positions.cardinality();
    }
    result->deletes = std::move(deletes);
  }
  const MutexLock lock(mutex_);
  Changes& changes = changes_of(id);
  if (changes.change_count == change_count) changes.view = result;
  return result;
}

catalog::FileId LakeTransaction::reserve_files(catalog::TableId id, std::uint64_t count) {
  return engine::value_or_throw(lake_catalog_.lake().catalog.reserve_files(id, count));
}

void LakeTransaction::add_files(catalog::TableId id, std::vector<catalog::DataFile> files) {
  if (files.empty()) return;
  const std::uint64_t stamp = lake_catalog_.next_stamp();
  const MutexLock lock(mutex_);
  stamp_ = stamp;
  touch(id);
  Changes& changes = changes_of(id);
  for (catalog::DataFile& file : files) {
    changes.added_files.push_back(std::make_shared<const catalog::DataFile>(std::move(file)));
  }
}

void LakeTransaction::add_rows(catalog::TableId id, std::shared_ptr<duckdb::ColumnDataCollection> rows) {
  if (!rows || rows->Count() == 0) return;
  const catalog::TablePtr table = find(id);
  if (!table)
    engine::throw_as_duckdb(Error(ErrorCode::kNotFound, "the table was dropped: id " + std::to_string(id)));
  const std::uint64_t stamp = lake_catalog_.next_stamp();
  std::optional<catalog::FileId> rows_file;
  {
    const MutexLock lock(mutex_);
    rows_file = changes_of(id).rows_file;
  }
  if (!rows_file) rows_file = reserve_files(id, 1);
  auto run = std::make_shared<RowRun>();
  for (const catalog::Field& field : table->schema->fields) run->field_ids.push_back(field.id);
  run->field_ids.push_back(catalog::kRowIdField);
  run->field_ids.push_back(catalog::kLastUpdatedSequenceField);
  run->schema = table->schema;  // later statements may alter the table
  run->visible_rows = rows->Count();
  run->rows = std::move(rows);

  const MutexLock lock(mutex_);
  Changes& changes = changes_of(id);
  if (changes.row_count + run->visible_rows > RowAddress::kRowsPerFileMax) {
    engine::throw_as_duckdb(
        Error(ErrorCode::kResourceExhausted, "one transaction holds too many inline rows of " + table->name));
  }
  stamp_ = stamp;
  touch(id);
  if (!changes.rows_file) changes.rows_file = rows_file;
  run->file_id = *changes.rows_file;
  run->start = static_cast<std::uint32_t>(changes.row_count);
  changes.row_count += run->visible_rows;
  changes.runs.push_back(std::move(run));
  changes.run_schemas.push_back(table->schema->schema_id);
  // Runs double in size from the last to the first, so that many small statements stay a few runs to scan.
  while (changes.runs.size() >= 2) {
    const std::size_t last = changes.runs.size() - 1;
    if (changes.run_schemas[last] != changes.run_schemas[last - 1]) break;
    if (changes.runs[last - 1]->visible_rows > changes.runs[last]->visible_rows) break;
    changes.runs[last - 1] = joined(lake_catalog_.GetDatabase(), lake_catalog_.lake().options,
                                    *changes.runs[last - 1], *changes.runs[last]);
    changes.runs.pop_back();
    changes.run_schemas.pop_back();
  }
}

std::uint64_t LakeTransaction::delete_rows(catalog::TableId id, std::vector<RowAddress> addresses) {
  if (addresses.empty()) return 0;
  std::sort(addresses.begin(), addresses.end());
  const catalog::TablePtr table = find(id);
  if (!table) return 0;
  const std::uint64_t stamp = lake_catalog_.next_stamp();
  std::uint64_t fresh = 0;
  const MutexLock lock(mutex_);
  stamp_ = stamp;
  touch(id);
  Changes& changes = changes_of(id);
  std::vector<std::uint32_t> positions;
  for (auto place = addresses.begin(); place != addresses.end();) {
    const catalog::FileId file_id = place->file_id();
    const auto committed = table->deletes->find(file_id);
    positions.clear();
    for (; place != addresses.end() && place->file_id() == file_id; ++place) {
      const auto position = static_cast<std::uint32_t>(place->position());
      if (committed == table->deletes->end() || !committed->second->contains(position))
        positions.push_back(position);
    }
    if (positions.empty()) continue;
    codec::RoaringBitmap& deleted = changes.deletes[file_id];
    const std::uint64_t before = deleted.cardinality();
    deleted.add_many(positions);
    fresh += deleted.cardinality() - before;
  }
  return fresh;
}

std::uint64_t LakeTransaction::delete_all(catalog::TableId id) {
  const TableViewPtr all = view(id);
  const std::uint64_t stamp = lake_catalog_.next_stamp();
  const MutexLock lock(mutex_);
  stamp_ = stamp;
  touch(id);
  Changes& changes = changes_of(id);
  for (const catalog::FilePtr& file : *all->files) {
    changes.removed_files.insert(file->file_id);
    changes.deletes.erase(file->file_id);
  }
  changes.added_files.clear();
  changes.runs.clear();
  changes.run_schemas.clear();
  if (changes.rows_file) changes.deletes.erase(*changes.rows_file);
  for (const catalog::FilePtr& file : all->own_files) changes.deletes.erase(file->file_id);
  // A segment may grow under a concurrent insert, so its rows are deleted one by one instead of removing it.
  for (const catalog::SegmentView& segment : all->table->segments) {
    codec::RoaringBitmap& deleted = changes.deletes[segment.segment->file_id];
    std::vector<std::uint32_t> positions(segment.row_count);
    for (std::uint32_t position = 0; position < segment.row_count; ++position) positions[position] = position;
    deleted.add_many(positions);
    const auto committed = all->table->deletes->find(segment.segment->file_id);
    if (committed != all->table->deletes->end()) deleted.subtract(*committed->second);
  }
  return all->live_rows;
}

bool LakeTransaction::has_changes() const {
  const MutexLock lock(mutex_);
  return stamp_ != 0;
}

Status LakeTransaction::add_own_rows(catalog::TableDelta& delta, const catalog::Table& table,
                                     const Changes& changes, const codec::RoaringBitmap* deleted,
                                     duckdb::ClientContext& client) const {
  Lake& lake = lake_catalog_.lake();
  std::map<std::int32_t, RowLists> lists;  // by the schema the rows were written with
  std::uint64_t row_count = 0;
  std::uint64_t allocated = 0;
  for (std::size_t i = 0; i < changes.runs.size(); ++i) {
    auto rows = live_rows(*client.db, lake.options, *changes.runs[i], deleted);
    if (rows->Count() == 0) continue;
    row_count += rows->Count();
    allocated += rows->AllocationSize();
    lists[changes.run_schemas[i]].push_back(std::move(rows));
  }
  bool is_large = row_count > lake.options.inline_rows_max;
  if (!is_large && allocated > lake.options.inline_bytes_max) {
    // Values count: what the collections have allocated is far more for few rows of many columns.
    is_large = bytes_of(lists) > lake.options.inline_bytes_max;
  }
  for (const auto& [schema_id, rows] : lists) {
    const auto schema = table.schemas->find(schema_id);
    if (schema == table.schemas->end())
      return Error(ErrorCode::kInternal, "rows of a schema the table never had");
    if (!is_large || !has_layout_columns(table, *schema->second)) {
      for (const auto& list : rows) delta.appends.push_back(encode_rows(*list, *schema->second));
      continue;
    }
    catalog::Table written = table;
    written.schema = schema->second;
    auto files = write_rows_as_files(client, lake, written, rows);
    LAKE_TRY(catalog::FileId file_id, lake.catalog.reserve_files(table.table_id, files.size()));
    for (catalog::DataFile& file : files) {
      file.file_id = file_id++;
      delta.added_files.push_back(std::move(file));
    }
  }
  return ok();
}

Result<catalog::TableDelta> LakeTransaction::delta_of(const catalog::Table& table, const Changes& changes,
                                                      duckdb::ClientContext& client) const {
  catalog::TableDelta delta;
  delta.table_id = table.table_id;
  delta.schema_id = table.schema->schema_id;
  std::set<catalog::FileId> own;
  for (const catalog::FilePtr& file : changes.added_files) {
    own.insert(file->file_id);
    delta.added_files.push_back(*file);
    const auto deleted = changes.deletes.find(file->file_id);
    if (deleted != changes.deletes.end()) delta.added_deletes.emplace(file->file_id, deleted->second);
  }
  const codec::RoaringBitmap* own_deleted = nullptr;
  if (changes.rows_file) {
    own.insert(*changes.rows_file);
    const auto deleted = changes.deletes.find(*changes.rows_file);
    if (deleted != changes.deletes.end()) own_deleted = &deleted->second;
  }
  LAKE_CHECK_OK(add_own_rows(delta, table, changes, own_deleted, client));
  for (const auto& [file_id, positions] : changes.deletes) {
    if (own.contains(file_id) || positions.empty()) continue;
    const auto base = table.deletes->find(file_id);
    delta.deletes.emplace(
        file_id, catalog::RowDeletes{positions, base == table.deletes->end() ? nullptr : base->second});
  }
  for (const catalog::FileId file_id : changes.removed_files) {
    delta.removed_files.push_back(file_id);
    const auto base = table.deletes->find(file_id);
    if (base != table.deletes->end()) delta.expected_deletes.emplace(file_id, base->second);
  }
  return delta;
}

Status LakeTransaction::commit(duckdb::ClientContext& client) {
  catalog::CommitRequest request;
  request.base = snapshot_->commit_id;
  catalog::SnapshotPtr seen;
  std::map<catalog::TableId, std::unique_ptr<Changes>> changes;
  {
    // Nothing else runs in this transaction any more: what it changed moves out, so that no lock is held
    // while encoding.
    const MutexLock lock(mutex_);
    if (stamp_ == 0) return ok();
    seen = seen_;
    changes = std::move(changes_);
    changes_.clear();
    request.definitions = std::move(definitions_);
    definitions_.clear();
  }
  Status encoded = ok();
  std::vector<std::shared_ptr<const void>> leases;  // end when the commit is visible, or failed for good
  LAKE_CHECK_OK(engine::guarded([&] {
    for (const auto& [id, change] : changes) {
      const catalog::TablePtr table = seen->find(id);
      if (!table || change->change_count == 0) continue;
      auto delta = delta_of(*table, *change, client);
      if (!delta) {
        encoded = delta.error();
        return;
      }
      const bool is_empty = delta->added_files.empty() && delta->appends.empty() && delta->deletes.empty() &&
                            delta->removed_files.empty();
      for (auto& file : delta->added_files) leases.push_back(std::exchange(file.lease, nullptr));
      if (!is_empty) request.deltas.push_back(std::move(*delta));
    }
  }));
  LAKE_CHECK_OK(encoded);
  if (request.definitions.empty() && request.deltas.empty()) return ok();
  std::vector<catalog::TableId> grown;
  for (const auto& delta : request.deltas) {
    if (!delta.appends.empty()) grown.push_back(delta.table_id);
  }
  Lake& lake = lake_catalog_.lake();
  for (const auto id : grown) {
    LAKE_CHECK_OK(make_inline_room(lake, id, [&client] { return client.interrupted.load(); }));
  }
  LAKE_TRY(const auto outcome, lake.catalog.commit(std::move(request)));
  for (const auto id : grown) {
    if (const auto table = outcome.snapshot->find(id)) lake_catalog_.segments().merge(*table);
    ask_for_flush(lake, *outcome.snapshot, id);
  }
  return ok();
}

}  // namespace lake::tables
