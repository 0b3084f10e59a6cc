#include "lake/tables/sorted_write.hpp"

#include <duckdb/common/sorting/sort.hpp>

#include "lake/engine/errors.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/partition_values.hpp"

namespace lake::tables {
namespace {

using duckdb::idx_t;
using duckdb::LogicalType;
using PartitionKey = std::vector<std::optional<std::string>>;

const catalog::PartitionSpec& current_spec(const catalog::Table& table) {
  static const catalog::PartitionSpec unpartitioned;
  for (const auto& spec : table.specs) {
    if (spec.spec_id == table.spec_id) return spec;
  }
  return unpartitioned;
}

const catalog::SortOrder& current_order(const catalog::Table& table) {
  static const catalog::SortOrder unsorted;
  for (const auto& order : table.orders) {
    if (order.order_id == table.order_id) return order;
  }
  return unsorted;
}

std::size_t column_of(const catalog::Table& table, catalog::FieldId field) {
  for (std::size_t i = 0; i < table.schema->fields.size(); ++i) {
    if (table.schema->fields[i].id == field) return i;
  }
  throw duckdb::InvalidInputException("table " + table.name +
                                      " is partitioned or sorted by a column it does not have");
}

duckdb::BoundOrderByNode order_by(const LogicalType& type, idx_t column, bool ascending, bool nulls_first) {
  return duckdb::BoundOrderByNode(
      ascending ? duckdb::OrderType::ASCENDING : duckdb::OrderType::DESCENDING,
      nulls_first ? duckdb::OrderByNullType::NULLS_FIRST : duckdb::OrderByNullType::NULLS_LAST,
      duckdb::make_uniq<duckdb::BoundReferenceExpression>(type, column));
}

}  // namespace

template <class Number>
bool SortedWriter::OrderWatch::rises(duckdb::Vector& vector, idx_t count) {
  duckdb::UnifiedVectorFormat format;
  vector.ToUnifiedFormat(count, format);
  const auto* values = duckdb::UnifiedVectorFormat::GetData<Number>(format);
  for (idx_t i = 0; i < count; ++i) {
    const auto place = format.sel->get_index(i);
    const bool is_null = !format.validity.RowIsValid(place);
    if (is_null ? nulls_first_ && last_ : !nulls_first_ && seen_null_) return false;
    seen_null_ |= is_null;
    if (is_null) continue;
    if (last_ && values[place] < *last_) return false;
    last_ = values[place];
  }
  return true;
}

bool SortedWriter::OrderWatch::goes_on(duckdb::DataChunk& chunk) {
  auto& vector = chunk.data[column_];
  return vector.GetType().InternalType() == duckdb::PhysicalType::INT64
             ? rises<std::int64_t>(vector, chunk.size())
             : rises<std::int32_t>(vector, chunk.size());
}

SortedWriter::Rows::Rows() = default;
SortedWriter::Rows::~Rows() = default;

bool SortedWriter::applies_to(const catalog::Table& table) {
  return !current_spec(table).fields.empty() || !current_order(table).fields.empty();
}

SortedWriter::SortedWriter(duckdb::ClientContext& context, Lake& lake, catalog::TablePtr table,
                           bool carries_row_ids, bool likely_sorted)
    : context_(context),
      lake_(lake),
      table_(std::move(table)),
      carries_row_ids_(carries_row_ids),
      quick_(likely_sorted),
      spec_(current_spec(*table_)) {
  types_ = engine::value_or_throw(types_of(*table_->schema));
  if (carries_row_ids_) types_.insert(types_.end(), 2, LogicalType::BIGINT);
  keyed_types_ = types_;
  duckdb::vector<duckdb::BoundOrderByNode> orders;
  for (const auto& field : spec_.fields) {
    sources_.push_back(column_of(*table_, field.source));
    orders.push_back(order_by(LogicalType::BLOB, keyed_types_.size(), true, true));
    keyed_types_.push_back(LogicalType::BLOB);
  }
  for (const auto& field : current_order(*table_).fields) {
    const std::size_t column = column_of(*table_, field.source);
    orders.push_back(order_by(types_[column], column, field.ascending, field.nulls_first));
  }
  duckdb::vector<idx_t> all;
  for (idx_t i = 0; i < keyed_types_.size(); ++i) all.push_back(i);
  lake_.metrics
      .counter("dplake_sorted_writes_total",
               "Writes whose rows were sorted first, because their table is partitioned or sorted")
      .add();
  sort_ = std::make_unique<duckdb::Sort>(context_, orders, keyed_types_, std::move(all));
  sink_ = sort_->GetGlobalSinkState(context_);
  if (likely_sorted) order_ = watch_for_order();
}

SortedWriter::~SortedWriter() = default;

std::optional<SortedWriter::OrderWatch> SortedWriter::watch_for_order() const {
  const auto& fields = current_order(*table_).fields;
  if (!spec_.fields.empty() || fields.size() != 1 || !fields.front().ascending) return std::nullopt;
  const auto column = column_of(*table_, fields.front().source);
  const auto type = types_[column].id();
  if (type != duckdb::LogicalTypeId::BIGINT && type != duckdb::LogicalTypeId::INTEGER) return std::nullopt;
  return std::optional<OrderWatch>(std::in_place, column, fields.front().nulls_first);
}

std::unique_ptr<DataFileWriter> SortedWriter::open_files() const {
  return std::make_unique<DataFileWriter>(
      context_, lake_,
      DataFileShape{table_, carries_row_ids_, !current_order(*table_).fields.empty(), quick_});
}

std::unique_ptr<SortedWriter::Rows> SortedWriter::rows(duckdb::ExecutionContext& /*context*/) const {
  return std::unique_ptr<Rows>(new Rows());
}

/// Rows that came in order end here: what comes now goes into other files.
void SortedWriter::end_straight(duckdb::ExecutionContext& context) {
  order_.reset();
  if (files_ == nullptr) return;
  if (straight_ != nullptr) files_->combine(context, *straight_);
  straight_.reset();
  files_->cut({});
}

void SortedWriter::append(duckdb::ExecutionContext& context, Rows& rows, duckdb::DataChunk& chunk) {
  if (order_) {
    if (order_->goes_on(chunk)) {
      if (files_ == nullptr) files_ = open_files();
      if (straight_ == nullptr) straight_ = files_->rows(context);
      return files_->append(context, *straight_, chunk);
    }
    end_straight(context);
  }
  if (rows.state_ == nullptr) rows.state_ = sort_->GetLocalSinkState(context);
  rows.keyed_.Destroy();
  rows.keyed_.Initialize(context_, keyed_types_, std::max<idx_t>(chunk.size(), STANDARD_VECTOR_SIZE));
  for (std::size_t i = 0; i < types_.size(); ++i) rows.keyed_.data[i].Reference(chunk.data[i]);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    partition_values(chunk.data[sources_[i]], chunk.size(), spec_.fields[i],
                     rows.keyed_.data[types_.size() + i]);
  }
  rows.keyed_.SetCardinality(chunk.size());
  duckdb::InterruptState interrupt;
  duckdb::OperatorSinkInput input{*sink_, *rows.state_, interrupt};
  sort_->Sink(context, rows.keyed_, input);
}

void SortedWriter::combine(duckdb::ExecutionContext& context, Rows& rows) {
  if (straight_ != nullptr) files_->combine(context, *straight_);
  straight_.reset();
  if (rows.state_ == nullptr) return;
  duckdb::InterruptState interrupt;
  duckdb::OperatorSinkCombineInput input{*sink_, *rows.state_, interrupt};
  sort_->Combine(context, input);
}

std::vector<catalog::DataFile> SortedWriter::finish(duckdb::ExecutionContext& context,
                                                    const std::function<void()>& between) {
  duckdb::InterruptState interrupt;
  duckdb::OperatorSinkFinalizeInput input{*sink_, interrupt};
  if (files_ == nullptr) files_ = open_files();
  if (sort_->Finalize(context_, input) != duckdb::SinkFinalizeType::NO_OUTPUT_POSSIBLE)
    write_sorted(context, *files_, between);
  return files_->finish();
}

void SortedWriter::write_sorted(duckdb::ExecutionContext& context, DataFileWriter& files,
                                const std::function<void()>& between) {
  duckdb::InterruptState interrupt;
  const auto global = sort_->GetGlobalSourceState(context_, *sink_);
  const auto local = sort_->GetLocalSourceState(context, *global);
  duckdb::OperatorSourceInput input{*global, *local, interrupt};
  duckdb::DataChunk keyed;
  keyed.Initialize(context_, keyed_types_);
  duckdb::DataChunk part;
  std::unique_ptr<DataFileWriter::Rows> rows;
  std::optional<PartitionKey> partition;
  while (true) {
    if (context_.interrupted) throw duckdb::InterruptException();
    if (between) between();
    keyed.Reset();
    const auto result = sort_->GetData(context, keyed, input);
    for (idx_t start = 0; start < keyed.size();) {
      if (!partition || starts_partition(keyed, start, *partition)) {
        if (rows != nullptr) files.combine(context, *rows);
        partition = partition_of(keyed, start);
        files.cut(*partition);
        rows = files.rows(context);
      }
      idx_t end = start + 1;
      while (end < keyed.size() && !starts_partition(keyed, end, *partition)) ++end;
      const duckdb::SelectionVector selection(start, end - start);
      part.Destroy();
      part.InitializeEmpty(types_);
      for (std::size_t i = 0; i < types_.size(); ++i)
        part.data[i].Slice(keyed.data[i], selection, end - start);
      part.SetCardinality(end - start);
      files.append(context, *rows, part);
      start = end;
    }
    if (result == duckdb::SourceResultType::FINISHED || keyed.size() == 0) break;
  }
  if (rows != nullptr) files.combine(context, *rows);
}

bool SortedWriter::starts_partition(duckdb::DataChunk& keyed, idx_t row,
                                    const PartitionKey& partition) const {
  for (std::size_t i = 0; i < partition.size(); ++i) {
    auto& column = keyed.data[types_.size() + i];
    duckdb::UnifiedVectorFormat format;
    column.ToUnifiedFormat(keyed.size(), format);
    const auto place = format.sel->get_index(row);
    const bool valid = format.validity.RowIsValid(place);
    if (valid != partition[i].has_value()) return true;
    if (!valid) continue;
    const auto& bytes = duckdb::UnifiedVectorFormat::GetData<duckdb::string_t>(format)[place];
    if (std::string_view(bytes.GetData(), bytes.GetSize()) != *partition[i]) return true;
  }
  return false;
}

PartitionKey SortedWriter::partition_of(duckdb::DataChunk& keyed, idx_t row) const {
  PartitionKey key;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const auto value = keyed.GetValue(types_.size() + i, row);
    key.push_back(value.IsNull() ? std::nullopt
                                 : std::optional<std::string>(duckdb::StringValue::Get(value)));
  }
  return key;
}

}  // namespace lake::tables
