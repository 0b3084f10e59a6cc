#include "lake/tables/table_files.hpp"

#include "lake/engine/errors.hpp"

namespace lake::tables {

TableFiles::Rows::Rows() = default;
TableFiles::Rows::~Rows() = default;

TableFiles::TableFiles(duckdb::ClientContext& context, Lake& lake, const catalog::TablePtr& table,
                       bool carries_row_ids, bool likely_sorted) {
  if (SortedWriter::applies_to(*table)) {
    sorted_ = std::make_unique<SortedWriter>(context, lake, table, carries_row_ids, likely_sorted);
  } else {
    straight_ = std::make_unique<DataFileWriter>(context, lake,
                                                 DataFileShape{table, carries_row_ids, false, likely_sorted});
  }
}

TableFiles::~TableFiles() = default;

std::unique_ptr<TableFiles::Rows> TableFiles::rows(duckdb::ExecutionContext& context) const {
  std::unique_ptr<Rows> rows(new Rows());
  if (sorted_ != nullptr) {
    rows->sorted_ = sorted_->rows(context);
  } else {
    rows->straight_ = straight_->rows(context);
  }
  return rows;
}

void TableFiles::append(duckdb::ExecutionContext& context, Rows& rows, duckdb::DataChunk& chunk) {
  if (chunk.size() == 0) return;
  if (sorted_ != nullptr) {
    sorted_->append(context, *rows.sorted_, chunk);
  } else {
    straight_->append(context, *rows.straight_, chunk);
  }
}

void TableFiles::combine(duckdb::ExecutionContext& context, Rows& rows) {
  if (sorted_ != nullptr) {
    sorted_->combine(context, *rows.sorted_);
  } else {
    straight_->combine(context, *rows.straight_);
  }
}

std::vector<catalog::DataFile> TableFiles::finish(duckdb::ExecutionContext& context) {
  return sorted_ != nullptr ? sorted_->finish(context) : straight_->finish();
}

void number_files(Lake& lake, catalog::TableId table, std::vector<catalog::DataFile>& files) {
  if (files.empty()) return;
  const catalog::FileId first = engine::value_or_throw(lake.catalog.reserve_files(table, files.size()));
  for (std::size_t i = 0; i < files.size(); ++i) files[i].file_id = first + i;
}

std::vector<catalog::DataFile> write_rows_as_files(duckdb::ClientContext& context, Lake& lake,
                                                   const catalog::Table& table, const RowLists& lists) {
  duckdb::Connection connection(*context.db);
  connection.BeginTransaction();
  auto& own = *connection.context;
  duckdb::ThreadContext thread(own);
  duckdb::ExecutionContext execution(own, thread, nullptr);
  std::vector<catalog::DataFile> result;
  {
    TableFiles files(own, lake, std::make_shared<const catalog::Table>(table), true);
    const auto all = files.rows(execution);
    for (const auto& rows : lists) {
      for (auto& chunk : rows->Chunks()) files.append(execution, *all, chunk);
    }
    files.combine(execution, *all);
    result = files.finish(execution);
  }
  connection.Rollback();  // nothing was changed in the engine; only the files remain
  return result;
}

}  // namespace lake::tables
