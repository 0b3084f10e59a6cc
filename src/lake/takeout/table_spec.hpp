#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "lake/codec/column_batch.hpp"

namespace lake::takeout {

using codec::ColumnType;

struct ColumnSpec {
  std::string_view name;
  ColumnType type;
};

/// One target table of the schema `takeout`. A constant of the program; column positions are found while
/// compiling: row.integer(kLocationPoint.at("ts_us"), ts).
///
/// Every table has kOriginColumns after its own: where a row came from, what else its element held.
struct TableSpec {
  std::string_view name;
  std::span<const ColumnSpec> columns;
  /// The natural key, by name: rows that agree in it are versions of one thing; NULL equals NULL. The first
  /// is the time or another integer that files are sorted by (kInt64), so that a batch is compared with few
  /// files; a table without such a column has any other first.
  std::span<const std::string_view> key;
  /// A newer version lacks what an older one told: NULLs are filled from the version before.
  bool fills_from_older = false;
  /// Holds secrets: kept out of logs and previews.
  bool is_sensitive = false;

  /// The position of a column; an unknown name does not compile.
  consteval std::size_t at(std::string_view column) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].name == column) return i;
    }
    throw "the table has no such column";
  }
  [[nodiscard]] std::size_t position(std::string_view column) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].name == column) return i;
    }
    return columns.size();
  }
};

/// extra: members that no column takes, as one JSON object, NULL when there are none. entry_id, byte_offset,
/// byte_count: the element in the content of that row of import_entry. export_us: when Google made the
/// export.
inline constexpr ColumnSpec kOriginColumns[] = {
    {"extra", ColumnType::kJson},        {"entry_id", ColumnType::kInt64},
    {"byte_offset", ColumnType::kInt64}, {"byte_count", ColumnType::kInt64},
    {"export_us", ColumnType::kInt64},
};
inline constexpr std::size_t kOriginColumnCount = std::size(kOriginColumns);

}  // namespace lake::takeout
