#include "lake/tables/rewrite.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

#include "duckdb/execution/execution_context.hpp"
#include "duckdb/parallel/thread_context.hpp"
#include "lake/engine/engine.hpp"
#include "lake/engine/errors.hpp"
#include "lake/os/machine.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/parquet_write.hpp"
#include "lake/tables/scan.hpp"
#include "lake/tables/sorted_write.hpp"
#include "lake/tables/upkeep_connection.hpp"
#include "lake/tables/view_reader.hpp"

namespace lake::tables {
namespace {

constexpr int kCommitAttemptsMax = 5;

bool is_source(const RewriteOrder& order, catalog::FileId file) {
  return std::find(order.sources.begin(), order.sources.end(), file) != order.sources.end();
}

/// The sources alone, as the order's snapshot sees them.
TableViewPtr view_of_sources(const RewriteOrder& order, const catalog::TablePtr& table,
                             DecodedSegments& segments) {
  auto view = std::make_shared<TableView>();
  auto files = std::make_shared<catalog::FileList>();
  for (const auto& file : *table->files) {
    if (is_source(order, file->file_id)) files->push_back(file);
    if (is_source(order, file->file_id)) view->live_rows += file->row_count;
  }
  catalog::Table part = *table;
  std::erase_if(part.segments, [&order](const auto& one) { return !is_source(order, one.segment->file_id); });
  for (const auto& segment : part.segments) view->live_rows += segment.row_count;
  view->table = table;
  view->files = std::move(files);
  view->runs = segments.runs_of(part);
  auto deletes = std::make_shared<std::map<catalog::FileId, catalog::BitmapPtr>>();
  for (const auto& [file, bitmap] : *table->deletes) {
    if (!is_source(order, file)) continue;
    (*deletes)[file] = bitmap;
    view->live_rows -= bitmap->cardinality();
  }
  view->deletes = std::move(deletes);
  return view;
}

/// Either writer, by what the table's layout asks for.
class LayoutWriter {
 public:
  LayoutWriter(duckdb::ClientContext& context, Lake& lake, const catalog::TablePtr& table)
      : thread_(context), execution_(context, thread_, nullptr) {
    if (SortedWriter::applies_to(*table)) {
      sorted_ = std::make_unique<SortedWriter>(context, lake, table, true);
      sorted_rows_ = sorted_->rows(execution_);
    } else {
      plain_ = std::make_unique<DataFileWriter>(context, lake, DataFileShape{table, true, false, false});
      rows_ = plain_->rows(execution_);
    }
  }
  void append(duckdb::DataChunk& chunk) {
    if (sorted_) {
      sorted_->append(execution_, *sorted_rows_, chunk);
    } else {
      plain_->append(execution_, *rows_, chunk);
    }
  }
  /// `between` is called between the batches that are written only now.
  std::vector<catalog::DataFile> finish(const std::function<void()>& between) {
    if (sorted_) {
      sorted_->combine(execution_, *sorted_rows_);
      return sorted_->finish(execution_, between);
    }
    plain_->combine(execution_, *rows_);
    return plain_->finish();
  }

 private:
  duckdb::ThreadContext thread_;
  duckdb::ExecutionContext execution_;
  std::unique_ptr<SortedWriter> sorted_;
  std::unique_ptr<SortedWriter::Rows> sorted_rows_;
  std::unique_ptr<DataFileWriter> plain_;
  std::unique_ptr<DataFileWriter::Rows> rows_;
};

/// A BIGINT column without NULLs.
std::vector<std::int64_t> numbers(duckdb::DataChunk& rows, duckdb::idx_t column) {
  rows.data[column].Flatten(rows.size());
  const auto* first = duckdb::FlatVector::GetData<std::int64_t>(rows.data[column]);
  return {first, first + rows.size()};
}

/// One rewrite from reading to commit.
class Rewrite {
 public:
  Rewrite(duckdb::DuckDB& database, Lake& lake, const RewriteOrder& order, catalog::TablePtr table)
      : database_(database), lake_(lake), order_(order), table_(std::move(table)) {}

  Result<RewriteOutcome> run() {
    LAKE_CHECK_OK(order_.behind_others ? written_behind_others() : written());
    LAKE_CHECK_OK(name_files());
    for (int attempt = 1;; ++attempt) {
      auto done = lake_.catalog.commit(request());
      if (done) return outcome_;
      if (done.error().code() != ErrorCode::kConflict || attempt == kCommitAttemptsMax) return done.error();
      LAKE_CHECK_OK(carry_over_deletes());
    }
  }

 private:
  /// Between two batches.
  void step() const {
    if (order_.stop_asked && order_.stop_asked()) throw duckdb::InterruptException();
    if (order_.pause) order_.pause();
  }

  TableViewPtr sources(duckdb::ClientContext& context) const {
    return view_of_sources(order_, table_, LakeCatalog::of(context).segments());
  }

  Status written() {
    return engine::guarded([this] { write(); });
  }

  /// A thread does not get its priority back, so it is one for this alone. It starts no other: those of the
  /// engine run since before. Without a thread to be had it is an error like another, and tried again later.
  Status written_behind_others() {
    Status outcome = ok();
    LAKE_CHECK_OK(engine::guarded([&] {
      std::thread worker([&] {
        os::lower_thread_priority();
        outcome = written();
      });
      worker.join();
    }));
    return outcome;
  }

  void write() {
    UpkeepConnection source(database_);
    UpkeepConnection target(database_);
    LayoutWriter writer(target.context(), lake_, table_);
    ViewReader reader(source.context(), sources(source.context()), columns_with_identity(*table_->schema));
    while (auto* rows = reader.next()) {
      step();
      outcome_.row_count += rows->size();
      writer.append(*rows);
    }
    written_ = writer.finish([this] { step(); });
  }

  Status name_files() {
    if (written_.empty()) return ok();
    LAKE_TRY(auto id, lake_.catalog.reserve_files(table_->table_id, written_.size()));
    for (auto& file : written_) {
      file.file_id = id++;
      outcome_.bytes += file.bytes;
    }
    outcome_.files_after = written_.size();
    return ok();
  }

  catalog::CommitRequest request() {
    catalog::TableDelta delta;
    delta.table_id = table_->table_id;
    delta.schema_id = table_->schema->schema_id;
    delta.added_files = written_;
    for (auto& file : delta.added_files)
      file.lease.reset();  // written_ keeps them until the commit is visible
    delta.removed_files = order_.sources;
    for (const auto file : order_.sources) {
      if (const auto found = seen_->deletes->find(file); found != seen_->deletes->end()) {
        delta.expected_deletes[file] = found->second;
      }
    }
    delta.added_deletes = born_deleted_;
    delta.rewrite = true;
    catalog::CommitRequest request;
    request.base = order_.snapshot->commit_id;
    request.deltas.push_back(std::move(delta));
    request.author = "upkeep";
    return request;
  }

  /// Other transactions deleted rows that were moved meanwhile: finds them in the new files by their
  /// identity.
  Status carry_over_deletes() {
    const auto now = lake_.catalog.current()->find(table_->table_id);
    if (!now || now->schema->schema_id != table_->schema->schema_id) {
      return Error(ErrorCode::kConflict, "the table changed while its files were moved");
    }
    std::map<catalog::FileId, codec::RoaringBitmap> fresh;
    for (const auto file : order_.sources) {
      const auto after = now->deletes->find(file);
      if (after == now->deletes->end()) continue;
      codec::RoaringBitmap gone = *after->second;
      if (const auto before = table_->deletes->find(file); before != table_->deletes->end()) {
        gone.subtract(*before->second);
      }
      if (!gone.empty()) fresh[file] = std::move(gone);
    }
    // nothing to carry over: the conflict is of another kind, or a source is gone
    if (now == seen_ || fresh.empty()) return Error(ErrorCode::kConflict, "a file to be moved is gone");
    seen_ = now;
    return engine::guarded([this, &fresh] { find_moved(fresh); });
  }

  void find_moved(const std::map<catalog::FileId, codec::RoaringBitmap>& fresh) {
    UpkeepConnection connection(database_);
    auto gone = std::make_shared<TableView>(*sources(connection.context()));
    auto hidden = std::make_shared<std::map<catalog::FileId, catalog::BitmapPtr>>();
    for (const auto file : order_.sources) {
      auto rest = codec::RoaringBitmap::range(0, RowAddress::kRowsPerFileMax);
      if (const auto found = fresh.find(file); found != fresh.end()) rest.subtract(found->second);
      (*hidden)[file] = std::make_shared<const codec::RoaringBitmap>(std::move(rest));
    }
    gone->deletes = std::move(hidden);
    std::unordered_set<std::int64_t> identities;
    ViewReader deleted(connection.context(), std::move(gone), {kRowIdColumn});
    while (auto* rows = deleted.next()) {
      step();
      for (const auto id : numbers(*rows, 0)) identities.insert(id);
    }
    auto moved = std::make_shared<TableView>();
    moved->table = table_;
    moved->files = std::make_shared<const catalog::FileList>();
    moved->deletes = std::make_shared<const std::map<catalog::FileId, catalog::BitmapPtr>>();
    for (const auto& file : written_)
      moved->own_files.push_back(std::make_shared<const catalog::DataFile>(file));
    moved->live_rows = outcome_.row_count;
    born_deleted_.clear();
    ViewReader written(connection.context(), std::move(moved),
                       {kRowIdColumn, duckdb::COLUMN_IDENTIFIER_ROW_ID});
    while (auto* rows = written.next()) {
      step();
      const auto ids = numbers(*rows, 0);
      const auto addresses = numbers(*rows, 1);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        if (!identities.contains(ids[i])) continue;
        const auto address = RowAddress::from_value(addresses[i]);
        born_deleted_[address.file_id()].add(static_cast<std::uint32_t>(address.position()));
      }
    }
  }

  duckdb::DuckDB& database_;
  Lake& lake_;
  const RewriteOrder& order_;
  const catalog::TablePtr table_;    // as the order's snapshot has it
  catalog::TablePtr seen_ = table_;  // as last seen: its bitmaps are those the commit expects
  std::vector<catalog::DataFile> written_;
  std::map<catalog::FileId, codec::RoaringBitmap> born_deleted_;
  RewriteOutcome outcome_;
};

}  // namespace

Result<RewriteOutcome> rewrite(engine::Engine& engine, Lake& lake, const RewriteOrder& order) {
  auto table = order.snapshot->find(order.table);
  if (!table) return Error(ErrorCode::kNotFound, "the table is gone");
  LAKE_TRY(const auto instance, engine.instance());
  return Rewrite(*instance.database, lake, order, std::move(table)).run();
}

}  // namespace lake::tables
