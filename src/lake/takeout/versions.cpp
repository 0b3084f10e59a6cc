#include "lake/takeout/versions.hpp"

#include <bit>
#include <string>
#include <unordered_map>

#include "lake/codec/hash.hpp"

namespace lake::takeout {
namespace {

std::vector<std::size_t> key_columns(const TableSpec& spec) {
  std::vector<std::size_t> columns;
  for (const auto name : spec.key) columns.push_back(spec.position(name));
  return columns;
}

void write_text(const codec::ColumnBatch& rows, const std::vector<std::size_t>& columns, std::uint32_t row,
                std::string& text) {
  text.clear();
  for (const auto column : columns) rows.columns()[column].append_key(row, text);
}

std::string text_of(const codec::ColumnBatch& rows, const std::vector<std::size_t>& columns,
                    std::uint32_t row) {
  std::string text;
  write_text(rows, columns, row, text);
  return text;
}

/// Finds the first row with the key of a row, by hash and then by the key itself. Open addressing, twice the
/// rows.
class FirstRows {
 public:
  FirstRows(const codec::ColumnBatch& rows, const std::vector<std::size_t>& keys)
      : rows_(rows), keys_(keys), slots_(std::bit_ceil(rows.row_count() * 2 + 2)) {}
  /// `row` itself when its key is new.
  std::uint32_t first_with_key_of(std::uint32_t row) {
    write_text(rows_, keys_, row, key_);
    const auto hash = codec::xxh3_64(key_);
    for (std::size_t at = hash;; ++at) {
      auto& slot = slots_[at & (slots_.size() - 1)];
      if (slot.row_plus_one == 0) {
        slot = {hash, row + 1};
        return row;
      }
      if (slot.hash != hash) continue;
      write_text(rows_, keys_, slot.row_plus_one - 1, other_);
      if (other_ == key_) return slot.row_plus_one - 1;
    }
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t row_plus_one = 0;
  };
  const codec::ColumnBatch& rows_;
  const std::vector<std::size_t>& keys_;
  std::vector<Slot> slots_;
  std::string key_;
  std::string other_;
};

/// The table's own columns and `extra`.
std::vector<std::size_t> content_columns(const TableSpec& spec) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i <= spec.columns.size(); ++i) columns.push_back(i);
  return columns;
}

}  // namespace

RowVersions versions_in(const Batch::TableRows& table) {
  const auto& rows = table.rows;
  const auto keys = key_columns(*table.spec);
  const auto contents = content_columns(*table.spec);
  FirstRows known(rows, keys);
  std::unordered_map<std::uint32_t, std::vector<std::string>> versions;  // of keys met again
  RowVersions split;
  split.groups.emplace_back().reserve(rows.row_count());
  for (std::uint32_t row = 0; row < rows.row_count(); ++row) {
    const auto first = known.first_with_key_of(row);
    if (first == row) {
      split.groups.front().push_back(row);
      continue;
    }
    auto& seen = versions[first];
    if (seen.empty()) seen.push_back(text_of(rows, contents, first));
    auto content = text_of(rows, contents, row);
    bool is_repeat = false;
    for (const auto& each : seen) is_repeat |= each == content;
    if (is_repeat) {
      split.repeats.push_back(row);
      continue;
    }
    const std::size_t group = seen.size();
    seen.push_back(std::move(content));
    if (split.groups.size() <= group) split.groups.resize(group + 1);
    split.groups[group].push_back(row);
  }
  return split;
}

}  // namespace lake::takeout
