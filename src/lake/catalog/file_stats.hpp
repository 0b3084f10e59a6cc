#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"

namespace lake::catalog {

using FieldId = std::int32_t;  // of a column, per table, never reused; nested fields have their own

/// Statistics of one column in one file. Bounds are Iceberg's single-value serialisation (table-format
/// page 2.5), empty optional = unknown. Lower is a lower bound, upper an upper bound of all non-NULL, non-NaN
/// values.
struct ColumnStats {
  FieldId field_id = 0;
  std::int64_t value_count = -1;  // NULLs included; -1 = unknown
  std::int64_t null_count = -1;
  std::int64_t nan_count = -1;  // -1 = unknown: treat as "may hold NaN"
  std::int64_t bytes = -1;      // compressed size in the file
  std::optional<std::string> lower;
  std::optional<std::string> upper;
  bool operator==(const ColumnStats&) const = default;
};

/// One column's statistics read in place; the bounds point into the FileStats they came from.
struct ColumnStatsView {
  FieldId field_id = 0;
  std::int64_t value_count = -1;
  std::int64_t null_count = -1;
  std::int64_t nan_count = -1;
  std::int64_t bytes = -1;
  std::optional<std::string_view> lower;
  std::optional<std::string_view> upper;
};

/// The statistics of all columns of one file, kept packed: some 30 bytes a column, because lakes have
/// millions of them. Shape: immutable once made; find() is a binary search without allocation. Threads: any
/// for const members. Format: docs/formats/catalog.md, "file statistics".
class FileStats {
 public:
  FileStats() = default;
  /// Packs `columns`, in any order; of two with the same field id the first counts.
  explicit FileStats(std::vector<ColumnStats> columns);
  /// Reads back bytes(). Errors: kCorruption for any byte string that bytes() cannot have given.
  static Result<FileStats> parse(std::string bytes);

  [[nodiscard]] std::optional<ColumnStatsView> find(FieldId field) const;
  [[nodiscard]] ColumnStatsView at(std::size_t index) const;  // index < size(), ascending field ids
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::vector<ColumnStats> columns() const;  // unpacked, ascending field ids
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  bool operator==(const FileStats&) const = default;

 private:
  std::string bytes_;  // empty = no columns
};

}  // namespace lake::catalog
