#include "lake/tables/run_reader.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "duckdb/common/types/column/column_data_collection_segment.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/storage_types.hpp"
#include "lake/tables/stored_column.hpp"

namespace lake::tables {
namespace {

constexpr duckdb::idx_t kRowNumber = duckdb::DConstants::INVALID_INDEX;
constexpr std::size_t kChunksOfPart = 60;  // as many rows as a row group of a file

const catalog::Field* find_field(const std::vector<catalog::Field>& fields, catalog::FieldId id) {
  for (const catalog::Field& field : fields) {
    if (field.id == id) return &field;
  }
  return nullptr;
}

duckdb::MultiFileColumnDefinition local_column(const std::string& name, catalog::FieldId id,
                                               const duckdb::LogicalType& type, const catalog::Field* field);

/// Parts in the shape a Parquet file shows them: the members of a struct, the element of a list, key and
/// value of a map below one "key_value".
duckdb::vector<duckdb::MultiFileColumnDefinition> local_parts(const duckdb::LogicalType& type,
                                                              const std::vector<catalog::Field>& fields) {
  duckdb::vector<duckdb::MultiFileColumnDefinition> parts;
  const auto add = [&](std::size_t index, const duckdb::LogicalType& part) {
    if (index < fields.size())
      parts.push_back(local_column(fields[index].name, fields[index].id, part, &fields[index]));
  };
  switch (type.id()) {
    case duckdb::LogicalTypeId::STRUCT:
      for (std::size_t i = 0; i < duckdb::StructType::GetChildCount(type); ++i) {
        add(i, duckdb::StructType::GetChildType(type, i));
      }
      break;
    case duckdb::LogicalTypeId::LIST:
      add(0, duckdb::ListType::GetChildType(type));
      if (!parts.empty()) parts[0].name = "list";  // what the engine's struct remapping calls an element
      break;
    case duckdb::LogicalTypeId::MAP: {
      add(0, duckdb::MapType::KeyType(type));
      add(1, duckdb::MapType::ValueType(type));
      duckdb::MultiFileColumnDefinition pair("key_value", duckdb::ListType::GetChildType(type));
      pair.children = std::move(parts);
      parts.clear();
      parts.push_back(std::move(pair));
      break;
    }
    default:
      break;
  }
  return parts;
}

duckdb::MultiFileColumnDefinition local_column(const std::string& name, catalog::FieldId id,
                                               const duckdb::LogicalType& type, const catalog::Field* field) {
  duckdb::MultiFileColumnDefinition column(name, type);
  column.identifier = duckdb::Value::INTEGER(id);
  if (field != nullptr) column.children = local_parts(type, field->children);
  return column;
}

}  // namespace

struct RunReader::Place {
  duckdb::idx_t chunk = 0;
  duckdb::idx_t segment = 0;
  duckdb::idx_t row = 0;    // first row, counted from the start of the run
  duckdb::idx_t count = 0;  // visible rows
};

struct RunReader::Part {
  std::vector<Place> places;
  std::size_t next = 0;
  duckdb::ColumnDataLocalScanState state;
  duckdb::DataChunk rows;
  std::vector<duckdb::unique_ptr<duckdb::TableFilterState>> filter_states;
  std::vector<duckdb::unique_ptr<duckdb::ExpressionExecutor>>
      executors;  // null where a filter reads the column as it is
};

RunReader::RunReader(const duckdb::OpenFileInfo& info, RowRunPtr run, const catalog::Schema& written,
                     const catalog::Schema& table)
    : duckdb::BaseFileReader(info), run_(std::move(run)), types_(run_->rows->Types()) {
  for (std::size_t i = 0; i < run_->field_ids.size(); ++i) {
    const auto id = run_->field_ids[i];
    const catalog::Field* then = find_field(written.fields, id);
    const catalog::Field* now = find_field(table.fields, id);
    const std::string name = then != nullptr ? then->name : "_field_" + std::to_string(id);
    if (then != nullptr && now != nullptr && reshaped_column(*now, *then)) {
      types_[i] = nested_form(types_[i]);
      const auto field = storage_field(*then);
      columns.push_back(local_column(name, id, types_[i], &field));
    } else {
      columns.push_back(local_column(name, id, types_[i], then));
    }
  }
}

RunReader::~RunReader() = default;

void RunReader::AddVirtualColumn(duckdb::column_t virtual_column_id) {
  if (virtual_column_id != duckdb::MultiFileReader::COLUMN_IDENTIFIER_FILE_ROW_NUMBER) {
    engine::throw_as_duckdb(Error(ErrorCode::kInternal, "rows in memory have no such virtual column"));
  }
}

void RunReader::PrepareReader(duckdb::ClientContext& /*context*/,
                              duckdb::GlobalTableFunctionState& /*global*/) {
  const auto width = run_->field_ids.size();
  for (const auto& column : column_indexes) {
    const auto id = column.GetPrimaryIndex();
    if (id >= width) {
      sources_.push_back(kRowNumber);
    } else {
      sources_.push_back(scanned_.size());
      scanned_.push_back(id);
    }
  }
  run_->rows->InitializeScan(cursor_, scanned_);
}

bool RunReader::TryInitializeScan(duckdb::ClientContext& /*context*/,
                                  duckdb::GlobalTableFunctionState& /*global*/,
                                  duckdb::LocalTableFunctionState& local) {
  auto part = std::make_unique<Part>();
  while (part->places.size() < kChunksOfPart) {
    Place place;
    if (!run_->rows->NextScanIndex(cursor_.scan_state, place.chunk, place.segment, place.row)) break;
    if (place.row >= run_->visible_rows) break;
    const duckdb::idx_t count = run_->rows->GetSegments()[place.segment]->chunk_data[place.chunk].count;
    place.count = std::min<duckdb::idx_t>(count, run_->visible_rows - place.row);
    if (place.count > 0) part->places.push_back(place);
  }
  if (part->places.empty()) return false;
  const MutexLock lock(mutex_);
  parts_[&local] = std::move(part);
  return true;
}

RunReader::Part& RunReader::part_of(duckdb::LocalTableFunctionState& local) {
  const MutexLock lock(mutex_);
  return *parts_.at(&local);
}

duckdb::idx_t RunReader::fill(Part& part, const Place& place, duckdb::DataChunk& output) {
  if (!scanned_.empty()) {
    if (part.rows.ColumnCount() == 0) {
      duckdb::vector<duckdb::LogicalType> types;
      for (const auto column : scanned_) types.push_back(run_->rows->Types()[column]);
      part.rows.Initialize(duckdb::Allocator::DefaultAllocator(), types);
    }
    part.rows.Reset();
    run_->rows->ScanAtIndex(cursor_, part.state, part.rows, place.chunk, place.segment, place.row);
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i] == kRowNumber) {
      const auto first = static_cast<std::int64_t>(run_->start + place.row);
      output.data[i].Sequence(first, 1, place.count);
      output.data[i].Flatten(place.count);
    } else if (expression_map.find(column_indexes[i].GetPrimaryIndex()) == expression_map.end()) {
      auto& values = part.rows.data[sources_[i]];
      const auto& type = types_[scanned_[sources_[i]]];
      if (values.GetType() == type) {
        output.data[i].Reference(values);
      } else {
        duckdb::Vector reshaped(type);
        to_storage(values, reshaped, place.count);
        output.data[i].Reference(reshaped);
      }
    }
  }
  output.SetCardinality(place.count);
  return place.count;
}

duckdb::idx_t RunReader::filter(duckdb::ClientContext& context, Part& part, duckdb::idx_t count,
                                duckdb::DataChunk& output, duckdb::SelectionVector& selection,
                                duckdb::idx_t alive) {
  std::size_t number = 0;
  for (const auto& [column, condition] : filters->filters) {
    if (part.filter_states.size() <= number) {
      part.filter_states.push_back(duckdb::TableFilterState::Initialize(context, *condition));
      const auto found = expression_map.find(column_indexes[column].GetPrimaryIndex());
      part.executors.push_back(found == expression_map.end()
                                   ? nullptr
                                   : duckdb::make_uniq<duckdb::ExpressionExecutor>(context, *found->second));
    }
    if (auto& executor = part.executors[number]) {
      duckdb::DataChunk input;
      const auto type = sources_[column] == kRowNumber ? duckdb::LogicalType(duckdb::LogicalType::BIGINT)
                                                       : run_->rows->Types()[scanned_[sources_[column]]];
      input.InitializeEmpty({type});
      input.data[0].Reference(sources_[column] == kRowNumber ? output.data[column]
                                                             : part.rows.data[sources_[column]]);
      input.SetCardinality(count);
      duckdb::Vector result(output.data[column].GetType());
      executor->ExecuteExpression(input, result);
      result.Flatten(count);
      output.data[column].Reference(result);
    }
    if (alive == 0) {
      ++number;
      continue;  // later columns must still be made for the output
    }
    duckdb::UnifiedVectorFormat format;
    output.data[column].ToUnifiedFormat(count, format);
    duckdb::ColumnSegment::FilterSelection(selection, output.data[column], format, *condition,
                                           *part.filter_states[number], count, alive);
    ++number;
  }
  return alive;
}

duckdb::AsyncResult RunReader::Scan(duckdb::ClientContext& context,
                                    duckdb::GlobalTableFunctionState& /*global*/,
                                    duckdb::LocalTableFunctionState& local, duckdb::DataChunk& output) {
  Part& part = part_of(local);
  while (part.next < part.places.size()) {
    if (context.interrupted) throw duckdb::InterruptException();
    const Place& place = part.places[part.next++];
    output.Reset();
    const duckdb::idx_t count = fill(part, place, output);
    rows_given_ += count;
    duckdb::SelectionVector selection;
    duckdb::idx_t alive = count;
    if (deletion_filter) {
      alive = deletion_filter->Filter(static_cast<duckdb::row_t>(place.row), count, selection);
    }
    if (filters && alive > 0) alive = filter(context, part, count, output, selection, alive);
    if (alive == 0) continue;  // an empty chunk would end the run
    if (alive != count) output.Slice(selection, alive);
    return duckdb::SourceResultType::HAVE_MORE_OUTPUT;
  }
  output.Reset();
  output.SetCardinality(0);
  const MutexLock lock(mutex_);
  parts_.erase(&local);
  return duckdb::SourceResultType::FINISHED;
}

double RunReader::GetProgressInFile(duckdb::ClientContext& /*context*/) {
  if (run_->visible_rows == 0) return 100.0;
  return 100.0 * static_cast<double>(rows_given_.load()) / static_cast<double>(run_->visible_rows);
}

}  // namespace lake::tables
