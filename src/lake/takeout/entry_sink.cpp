#include "lake/takeout/entry_sink.hpp"

#include <algorithm>

#include "lake/base/assert.hpp"
#include "lake/codec/column_append.hpp"

namespace lake::takeout {
namespace {

constexpr std::uint64_t kLookBytes = 1U << 20U;

std::vector<ColumnType> types_of(const TableSpec& spec) {
  std::vector<ColumnType> types;
  for (const auto& column : spec.columns) types.push_back(column.type);
  for (const auto& column : kOriginColumns) types.push_back(column.type);
  return types;
}

}  // namespace

Batch::TableRows::TableRows(const TableSpec& table) : spec(&table), rows(types_of(table)) {}

codec::ColumnBatch& Batch::rows_of(const TableSpec& table) {
  for (auto& each : tables_) {
    if (each.spec == &table) return each.rows;
  }
  return tables_.emplace_back(table).rows;
}

void Batch::add(Reject reject) {
  reject_bytes_ += reject.bytes.size() + reject.detail.size() + 100;
  rejects_.push_back(std::move(reject));
}

void Batch::append(Batch more) {
  if (tables_.empty()) {
    tables_ = std::move(more.tables_);
  } else {
    for (auto& each : more.tables_) {
      auto& rows = rows_of(*each.spec);
      if (rows.row_count() == 0) {
        rows = std::move(each.rows);
      } else {
        codec::append_rows(rows, each.rows);
      }
    }
  }
  for (auto& reject : more.rejects_) add(std::move(reject));
}

Batch::Extent Batch::extent() const {
  Extent extent{{}, rejects_.size(), reject_bytes_};
  for (const auto& each : tables_) extent.rows.push_back(each.rows.row_count());
  return extent;
}

void Batch::rewind(const Extent& extent) {
  for (std::size_t i = 0; i < tables_.size(); ++i)
    tables_[i].rows.truncate(i < extent.rows.size() ? extent.rows[i] : 0);
  rejects_.erase(rejects_.begin() + static_cast<std::ptrdiff_t>(extent.rejects), rejects_.end());
  reject_bytes_ = extent.reject_bytes;
}

std::uint64_t Batch::row_count() const {
  std::uint64_t count = 0;
  for (const auto& each : tables_) count += each.rows.row_count();
  return count;
}

std::size_t Batch::bytes() const {
  std::size_t bytes = reject_bytes_;
  for (const auto& each : tables_) bytes += each.rows.bytes();
  return bytes;
}

void Batch::clear() {
  tables_.clear();
  rejects_.clear();
  reject_bytes_ = 0;
}

void SchemaDrift::add(std::string_view table, std::string_view key, const Seen& seen) {
  auto place = seen_.find({std::string(table), std::string(key)});
  if (place == seen_.end()) {
    const std::string name(seen_.size() < kNamesMax ? key : "...");
    place = seen_.try_emplace({std::string(table), name}, Seen{0, seen.first_entry_id}).first;
  }
  place->second.count += seen.count;
}

void SchemaDrift::add(const SchemaDrift& later) {
  for (const auto& [name, seen] : later.seen_) add(name.first, name.second, seen);
}

bool EntrySink::begin_element(ElementPlace place) {
  LAKE_ASSERT(!in_element_);
  if (place.offset + place.bytes <= entry_.resume_offset) return false;
  in_element_ = true;
  place_ = place;
  element_rows_ = 0;
  marks_.clear();
  return true;
}

void EntrySink::end_row() {
  if (open_ == nullptr) return;
  const std::size_t first = open_table_->columns.size() + 1;  // behind `extra`
  open_->column(first).append_integer(entry_.entry_id);
  open_->column(first + 1).append_integer(static_cast<std::int64_t>(place_.offset));
  open_->column(first + 2).append_integer(static_cast<std::int64_t>(place_.bytes));
  open_->column(first + 3).append_integer(entry_.export_us);
  open_->end_row();
  ++element_rows_;
  open_ = nullptr;
}

Row EntrySink::row(const TableSpec& table) {
  LAKE_ASSERT(in_element_);
  end_row();
  auto& rows = batch_.rows_of(table);
  if (std::none_of(marks_.begin(), marks_.end(), [&](const Mark& mark) { return mark.table == &table; }))
    marks_.push_back({&table, rows.row_count()});
  open_ = &rows;
  open_table_ = &table;
  return {rows, table};
}

Status EntrySink::end_element() {
  LAKE_ASSERT(in_element_);
  end_row();
  in_element_ = false;
  ++counts_.elements;
  counts_.rows += element_rows_;
  counts_.next_offset = std::max(counts_.next_offset, place_.offset + place_.bytes);
  return flush_if_large();
}

Status EntrySink::reject(std::string_view bytes, std::string_view reason, std::string_view detail) {
  LAKE_ASSERT(in_element_);
  open_ = nullptr;
  for (const auto& mark : marks_) batch_.rows_of(*mark.table).truncate(mark.row_count);
  in_element_ = false;
  ++counts_.elements;
  ++counts_.rejected;
  counts_.next_offset = std::max(counts_.next_offset, place_.offset + place_.bytes);
  batch_.add({entry_.entry_id, place_, std::string(reason), std::string(detail),
              std::string(bytes.substr(0, kRejectBytesMax))});
  return flush_if_large();
}

Status EntrySink::flush_if_large() {
  // Sizes are summed over columns, so they are not asked for at each small element.
  unseen_bytes_ += place_.bytes;
  if (counts_.elements % 64 != 0 && unseen_bytes_ < kLookBytes) return ok();
  unseen_bytes_ = 0;
  const auto files = entry_.files == nullptr ? 0 : entry_.files->waiting_bytes();
  if (batch_.row_count() < batch_rows_max_ && batch_.bytes() + files < batch_bytes_max_) return ok();
  return taker_.take(batch_, counts_);
}

}  // namespace lake::takeout
