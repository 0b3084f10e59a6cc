#include "lake/tables/input_reader.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <utility>

#include "duckdb/common/type_visitor.hpp"
#include "duckdb/planner/expression/bound_conjunction_expression.hpp"
#include "duckdb/planner/expression/bound_operator_expression.hpp"
#include "duckdb/planner/filter/conjunction_filter.hpp"
#include "duckdb/planner/filter/constant_filter.hpp"
#include "duckdb/planner/filter/optional_filter.hpp"
#include "lake/base/mutex.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/column_match.hpp"
#include "lake/tables/delete_filter.hpp"
#include "lake/tables/file_verifier.hpp"
#include "lake/tables/run_reader.hpp"
#include "lake/tables/scan.hpp"
#include "lake/tables/stored_column.hpp"

namespace lake::tables {
namespace {

using Column = duckdb::MultiFileColumnDefinition;
using Filters = std::map<duckdb::idx_t, duckdb::unique_ptr<duckdb::TableFilter>>;

/// One execution of a scan: conditions that must be tested after an input's values were converted to the
/// table's types, by reader, and what was read.
class ScanState : public duckdb::MultiFileReaderGlobalState {
 public:
  explicit ScanState(duckdb::optional_ptr<const duckdb::MultiFileList> files)
      : duckdb::MultiFileReaderGlobalState({}, files) {}
  using Condition = duckdb::shared_ptr<const duckdb::Expression>;

  void put(const duckdb::BaseFileReader& reader, Condition condition) {
    const MutexLock lock(mutex_);
    if (condition) {
      conditions_[&reader] = std::move(condition);
      any_ = true;
    } else {
      conditions_.erase(&reader);
    }
  }
  Condition find(const duckdb::BaseFileReader& reader) const {
    if (!any_) return nullptr;
    const MutexLock lock(mutex_);
    const auto found = conditions_.find(&reader);
    return found == conditions_.end() ? nullptr : found->second;
  }

  std::atomic<std::uint64_t> row_groups_read{0};
  std::atomic<std::uint64_t> row_groups_all{0};

 private:
  std::atomic<bool> any_{false};
  mutable Mutex mutex_;
  std::map<const duckdb::BaseFileReader*, Condition> conditions_ LAKE_GUARDED_BY(mutex_);
};

/// A filter as an expression over `column`, without the parts that only save work. Null when nothing is left.
duckdb::unique_ptr<duckdb::Expression> required_condition(const duckdb::TableFilter& filter,
                                                          const duckdb::Expression& column) {
  switch (filter.filter_type) {
    case duckdb::TableFilterType::OPTIONAL_FILTER:
    case duckdb::TableFilterType::DYNAMIC_FILTER:
    case duckdb::TableFilterType::BLOOM_FILTER:
      return nullptr;
    case duckdb::TableFilterType::CONJUNCTION_AND: {
      auto all =
          duckdb::make_uniq<duckdb::BoundConjunctionExpression>(duckdb::ExpressionType::CONJUNCTION_AND);
      for (const auto& child : filter.Cast<duckdb::ConjunctionAndFilter>().child_filters) {
        if (auto condition = required_condition(*child, column))
          all->children.push_back(std::move(condition));
      }
      if (all->children.empty()) return nullptr;
      if (all->children.size() == 1) return std::move(all->children[0]);
      return all;
    }
    default:
      return filter.ToExpression(column);
  }
}

bool is_hidden(duckdb::column_t column) {
  return column == kRowIdColumn || column == kLastUpdatedSequenceColumn;
}

duckdb::unique_ptr<duckdb::Expression> bigint_sum(duckdb::ClientContext& context, std::int64_t start,
                                                  duckdb::idx_t local_index) {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> terms;
  terms.push_back(duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value::BIGINT(start)));
  terms.push_back(
      duckdb::make_uniq<duckdb::BoundReferenceExpression>(duckdb::LogicalType::BIGINT, local_index));
  duckdb::FunctionBinder binder(context);
  duckdb::ErrorData error;
  auto sum = binder.BindScalarFunction(DEFAULT_SCHEMA, "+", std::move(terms), error, true, nullptr);
  if (error.HasError()) error.Throw();
  return sum;
}

duckdb::unique_ptr<duckdb::Expression> first_known(duckdb::unique_ptr<duckdb::Expression> left,
                                                   duckdb::unique_ptr<duckdb::Expression> right) {
  auto result = duckdb::make_uniq<duckdb::BoundOperatorExpression>(duckdb::ExpressionType::OPERATOR_COALESCE,
                                                                   duckdb::LogicalType::BIGINT);
  result->children.push_back(std::move(left));
  result->children.push_back(std::move(right));
  return result;
}

/// Columns of the scan that are read in another form than the table's, with the types they have once out of
/// it.
using StoredTypes = std::map<duckdb::idx_t, duckdb::LogicalType>;

StoredTypes use_stored_columns(const ScanSource& source, std::size_t input,
                               const duckdb::vector<Column>& found,
                               const duckdb::vector<duckdb::ColumnIndex>& column_ids,
                               duckdb::vector<Column>& wanted) {
  StoredTypes types;
  const auto& now = source.view->table->schema->fields;
  const auto& then = source.schema_of(input).fields;
  for (const auto& index : column_ids) {
    const auto id = index.GetPrimaryIndex();
    if (duckdb::IsVirtualColumn(id) || types.contains(id) || find_column(found, now[id].id) == nullptr)
      continue;
    for (const catalog::Field& written : then) {
      if (written.id != now[id].id) continue;
      if (auto stored =
              source.is_file(input) ? stored_column(now[id], written) : reshaped_column(now[id], written)) {
        wanted[id] = stored->wanted;
        types.emplace(id, std::move(stored->read_type));
      }
    }
  }
  return types;
}

bool holds_floats(const duckdb::LogicalType& type) {
  return duckdb::TypeVisitor::Contains(type, duckdb::LogicalTypeId::FLOAT) ||
         duckdb::TypeVisitor::Contains(type, duckdb::LogicalTypeId::DOUBLE);
}

/// True when a value equal to a constant may pass for that alone.
bool asks_for_equal(const duckdb::TableFilter& filter) {
  const auto any = [](const auto& filters) {
    return std::any_of(filters.begin(), filters.end(),
                       [](const auto& child) { return asks_for_equal(*child); });
  };
  switch (filter.filter_type) {
    case duckdb::TableFilterType::CONSTANT_COMPARISON:
      return filter.Cast<duckdb::ConstantFilter>().comparison_type == duckdb::ExpressionType::COMPARE_EQUAL;
    case duckdb::TableFilterType::CONJUNCTION_AND:
      return any(filter.Cast<duckdb::ConjunctionAndFilter>().child_filters);
    case duckdb::TableFilterType::CONJUNCTION_OR:
      return any(filter.Cast<duckdb::ConjunctionOrFilter>().child_filters);
    case duckdb::TableFilterType::OPTIONAL_FILTER: {
      const auto& optional = filter.Cast<duckdb::OptionalFilter>();
      return optional.child_filter && asks_for_equal(*optional.child_filter);
    }
    case duckdb::TableFilterType::IS_NULL:
    case duckdb::TableFilterType::IS_NOT_NULL:
    case duckdb::TableFilterType::DYNAMIC_FILTER:  // of the first or last rows of an order
      return false;
    default:
      return true;
  }
}

/// Moves the filters that the input cannot test on its own values out of `pushed`.
Filters take_converted(duckdb::TableFilterSet& pushed, const duckdb::vector<Column>& wanted,
                       const duckdb::vector<Column>& found,
                       const duckdb::vector<duckdb::ColumnIndex>& column_ids, const StoredTypes& stored) {
  Filters converted;
  for (auto place = pushed.filters.begin(); place != pushed.filters.end();) {
    const auto id = column_ids[place->first].GetPrimaryIndex();
    bool direct = true;
    if (duckdb::IsVirtualColumn(id)) {
      direct = !is_hidden(id);
    } else if (const Column* local = find_column(found, wanted[id].identifier.GetValue<std::int32_t>())) {
      // The engine looks a value up in a file's Bloom filter by its bits, which 0.0 and -0.0 do not share.
      const bool misleads = holds_floats(wanted[id].type) && asks_for_equal(*place->second);
      direct = !misleads && !stored.contains(id) && is_same_column(wanted[id], *local);
    }
    if (direct) {
      ++place;
    } else {
      converted.emplace(place->first, std::move(place->second));
      place = pushed.filters.erase(place);
    }
  }
  return converted;
}

}  // namespace

duckdb::unique_ptr<duckdb::MultiFileReader> LakeInputReader::create(const duckdb::TableFunction& function) {
  return duckdb::make_uniq<LakeInputReader>(function.function_info);
}

duckdb::shared_ptr<duckdb::MultiFileList> LakeInputReader::CreateFileList(
    duckdb::ClientContext& /*context*/, const duckdb::vector<duckdb::string>& /*paths*/,
    const duckdb::FileGlobInput& /*glob*/) {
  return duckdb::make_shared_ptr<LakeFileList>(
      duckdb::shared_ptr_cast<duckdb::TableFunctionInfo, ScanSource>(source_), nullptr);
}

bool LakeInputReader::Bind(duckdb::MultiFileOptions& /*options*/, duckdb::MultiFileList& /*files*/,
                           duckdb::vector<duckdb::LogicalType>& types, duckdb::vector<duckdb::string>& names,
                           duckdb::MultiFileReaderBindData& bind_data) {
  bind_data.schema = source().columns;
  bind_data.mapping = duckdb::MultiFileColumnMappingMode::BY_FIELD_ID;
  for (const Column& column : source().columns) {
    names.push_back(column.name);
    types.push_back(column.type);
  }
  return true;
}

duckdb::unique_ptr<duckdb::MultiFileReaderGlobalState> LakeInputReader::InitializeGlobalState(
    duckdb::ClientContext& /*context*/, const duckdb::MultiFileOptions& /*options*/,
    const duckdb::MultiFileReaderBindData& /*bind_data*/, const duckdb::MultiFileList& files,
    const duckdb::vector<Column>& /*columns*/, const duckdb::vector<duckdb::ColumnIndex>& /*column_ids*/) {
  return duckdb::make_uniq<ScanState>(&files);
}

duckdb::shared_ptr<duckdb::BaseFileReader> LakeInputReader::CreateReader(
    duckdb::ClientContext& context, duckdb::GlobalTableFunctionState& global,
    const duckdb::OpenFileInfo& file, duckdb::idx_t file_index, const duckdb::MultiFileBindData& bind_data) {
  const std::size_t input = LakeFileList::input_of(file);
  if (!source().is_file(input)) {
    const RowRunPtr& run = source().view->runs[input - source().file_count()];
    return duckdb::make_shared_ptr<RunReader>(file, run, source().schema_of(input),
                                              *source().view->table->schema);
  }
  try {
    if (const auto& verifier = source().settings.verifier) {
      engine::check_or_throw(
          verifier->before_read(source().settings.files, source().path(input), source().file(input)));
    }
    return duckdb::MultiFileReader::CreateReader(context, global, file, file_index, bind_data);
  } catch (...) {
    rethrow_read_error(source(), input);
  }
}

duckdb::ReaderInitializeType LakeInputReader::InitializeReader(
    duckdb::MultiFileReaderData& reader_data, const duckdb::MultiFileBindData& bind_data,
    const duckdb::vector<Column>& columns, const duckdb::vector<duckdb::ColumnIndex>& column_ids,
    duckdb::optional_ptr<duckdb::TableFilterSet> filters, duckdb::ClientContext& context,
    duckdb::MultiFileGlobalState& global) {
  auto& reader = *reader_data.reader;
  const std::size_t input = LakeFileList::input_of(reader.file);
  auto wanted = columns_to_match(*source().view->table->schema, source().schema_of(input), columns);
  const StoredTypes stored = use_stored_columns(source(), input, reader.columns, column_ids, wanted);
  drop_unnamed_parts(wanted, reader.columns);
  if (auto deleted = source().deletes(input)) {
    const std::uint64_t offset = source().is_file(input) ? 0 : source().run(input).start;
    reader.deletion_filter = duckdb::make_uniq<BitmapDeletes>(std::move(deleted), offset);
  }
  duckdb::unique_ptr<duckdb::TableFilterSet> pushed;
  Filters converted;
  if (filters) {
    pushed = filters->Copy();
    converted = take_converted(*pushed, wanted, reader.columns, column_ids, stored);
  }
  const auto result = duckdb::MultiFileReader::InitializeReader(reader_data, bind_data, wanted, column_ids,
                                                                pushed.get(), context, global);
  auto& state = global.multi_file_reader_state->Cast<ScanState>();
  auto all = duckdb::make_uniq<duckdb::BoundConjunctionExpression>(duckdb::ExpressionType::CONJUNCTION_AND);
  if (result == duckdb::ReaderInitializeType::INITIALIZED) {
    for (std::size_t i = 0; i < column_ids.size(); ++i) {
      const auto found = stored.find(column_ids[i].GetPrimaryIndex());
      if (found == stored.end()) continue;
      auto& expression = reader_data.expressions[i];
      expression = from_stored(context, std::move(expression), found->second, columns[found->first].type);
    }
    for (const auto& [index, filter] : converted) {
      auto condition = required_condition(*filter, *reader_data.expressions[index]);
      if (condition) all->children.push_back(std::move(condition));
    }
  }
  if (all->children.empty()) {
    state.put(reader, nullptr);
  } else if (all->children.size() == 1) {
    state.put(reader, duckdb::shared_ptr<const duckdb::Expression>(all->children[0].release()));
  } else {
    state.put(reader, duckdb::shared_ptr<const duckdb::Expression>(all.release()));
  }
  return result;
}

duckdb::unique_ptr<duckdb::Expression> LakeInputReader::GetVirtualColumnExpression(
    duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data,
    const duckdb::vector<Column>& local_columns, duckdb::idx_t& column_id, const duckdb::LogicalType& type,
    duckdb::MultiFileLocalIndex local_index, duckdb::optional_ptr<Column>& reference) {
  if (is_hidden(column_id)) return hidden_column(context, reader_data, column_id, local_index, reference);
  if (column_id != duckdb::COLUMN_IDENTIFIER_ROW_ID) {
    return duckdb::MultiFileReader::GetVirtualColumnExpression(context, reader_data, local_columns, column_id,
                                                               type, local_index, reference);
  }
  const auto file_id = source().file_id(LakeFileList::input_of(reader_data.reader->file));
  column_id = duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER;
  return bigint_sum(context, RowAddress(file_id, 0).value(), local_index.GetIndex());
}

duckdb::unique_ptr<duckdb::Expression> LakeInputReader::hidden_column(
    duckdb::ClientContext& context, duckdb::MultiFileReaderData& reader_data, duckdb::idx_t& column_id,
    duckdb::MultiFileLocalIndex local_index, duckdb::optional_ptr<Column>& reference) {
  auto& reader = *reader_data.reader;
  const std::size_t input = LakeFileList::input_of(reader.file);
  const bool is_row_id = column_id == kRowIdColumn;
  if (!source().is_file(input)) {
    reference = is_row_id ? source().row_id_column : source().sequence_column;
    return nullptr;
  }
  const catalog::DataFile& file = source().file(input);
  const auto unknown = [] {
    return duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value(duckdb::LogicalType::BIGINT));
  };
  const auto inherited = [&](duckdb::idx_t row_number) -> duckdb::unique_ptr<duckdb::Expression> {
    if (source().is_own(input)) return unknown();  // given by the commit
    if (is_row_id) return bigint_sum(context, static_cast<std::int64_t>(file.first_row_id), row_number);
    return duckdb::make_uniq<duckdb::BoundConstantExpression>(
        duckdb::Value::BIGINT(static_cast<std::int64_t>(file.begin)));
  };
  const auto field = is_row_id ? catalog::kRowIdField : catalog::kLastUpdatedSequenceField;
  const Column* written = file.carries_row_ids ? find_column(reader.columns, field) : nullptr;
  column_id = duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER;
  if (written == nullptr) return inherited(local_index.GetIndex());
  // The written column goes first, the row number that the engine adds after this call second.
  const auto local_id = static_cast<duckdb::idx_t>(written - reader.columns.data());
  reader.column_ids.push_back(duckdb::MultiFileLocalColumnId(local_id));
  reader.column_indexes.push_back(duckdb::ColumnIndex(local_id));
  auto own = duckdb::make_uniq<duckdb::BoundReferenceExpression>(duckdb::LogicalType::BIGINT,
                                                                 local_index.GetIndex());
  return first_known(std::move(own), inherited(local_index.GetIndex() + 1));
}

void LakeInputReader::FinalizeChunk(duckdb::ClientContext& context,
                                    const duckdb::MultiFileBindData& bind_data,
                                    duckdb::BaseFileReader& reader,
                                    const duckdb::MultiFileReaderData& reader_data, duckdb::DataChunk& input,
                                    duckdb::DataChunk& output, duckdb::ExpressionExecutor& executor,
                                    duckdb::optional_ptr<duckdb::MultiFileReaderGlobalState> global) {
  if (const auto condition = global->Cast<ScanState>().find(reader)) {
    duckdb::ExpressionExecutor test(context, *condition);
    duckdb::SelectionVector kept(STANDARD_VECTOR_SIZE);
    const duckdb::idx_t count = test.SelectExpression(input, kept);
    if (count != input.size()) input.Slice(kept, count);
  }
  duckdb::MultiFileReader::FinalizeChunk(context, bind_data, reader, reader_data, input, output, executor,
                                         global);
}

RowGroupCount row_groups_of(const duckdb::MultiFileGlobalState& state) {
  const auto& counts = state.multi_file_reader_state->Cast<ScanState>();
  return RowGroupCount{counts.row_groups_read, counts.row_groups_all};
}

void count_row_groups(duckdb::ClientContext& context, const ScanSource& source,
                      duckdb::TableFunctionInput& input) {
  if (source.get_metrics == nullptr) return;
  const duckdb::profiler_settings_t wanted{duckdb::MetricType::OPERATOR_ROW_GROUPS_SCANNED,
                                           duckdb::MetricType::OPERATOR_TOTAL_ROW_GROUPS_TO_SCAN};
  duckdb::profiler_metrics_t metrics;
  source.get_metrics(context, input.bind_data.get(), *input.global_state, *input.local_state, wanted,
                     metrics);
  auto& counts =
      input.global_state->Cast<duckdb::MultiFileGlobalState>().multi_file_reader_state->Cast<ScanState>();
  counts.row_groups_read +=
      metrics[duckdb::MetricType::OPERATOR_ROW_GROUPS_SCANNED].GetValue<std::uint64_t>();
  counts.row_groups_all =
      metrics[duckdb::MetricType::OPERATOR_TOTAL_ROW_GROUPS_TO_SCAN].GetValue<std::uint64_t>();
}

}  // namespace lake::tables
