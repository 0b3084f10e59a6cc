#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lake/base/mutex.hpp"
#include "lake/catalog/model.hpp"
#include "lake/codec/int128.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// A value in a form whose order is the order of its SQL type. Whole numbers and times as themselves, floats
/// as double, wide numbers as their unscaled value, texts and the like as bytes.
using BoundKey = std::variant<std::int64_t, double, codec::Int128, std::string>;

enum class KeyKind : std::uint8_t { kNone, kWhole, kFloat, kWide, kBytes };

/// How values of a field are compared by bound, kNone when its bounds say nothing about its order.
KeyKind key_kind(const catalog::Field& field, const duckdb::LogicalType& type);
/// True for types whose bounds can only tell that a value is absent, because their order is another one
/// (ENUM).
bool orders_by_other_means(const duckdb::LogicalType& type);
/// A constant of type `type` as a key; nothing for NULL, NaN and types without keys.
std::optional<BoundKey> key_of(const duckdb::Value& value, const duckdb::LogicalType& type);

/// One end of every file's values. The vector that fits the kind is filled, in the order of the files.
struct BoundEnd {
  std::vector<std::int64_t> whole;
  std::vector<double> floats;
  std::vector<codec::Int128> wide;
  std::vector<std::string_view> bytes;
  std::vector<std::uint8_t> known;
};

/// The statistics of one column over all files of a list, in arrays.
struct ColumnBounds {
  KeyKind kind = KeyKind::kNone;
  BoundEnd low;
  BoundEnd high;
  std::vector<std::uint8_t> may_be_null;
  std::vector<std::uint8_t> may_be_value;  // false = all NULL
  std::vector<std::uint8_t> may_be_nan;
};

/// Statistics of the files of one list, taken apart by column when first asked for.
/// Lifetime: views point into the list's files, whose owner the caller is. Threads: any.
class TableBounds {
 public:
  /// `field` may be nested; `schemas` are all of the table's, for files written when it had another type.
  std::shared_ptr<const ColumnBounds> column(const catalog::FileList& files, const catalog::Table& table,
                                             const catalog::Field& field, const duckdb::LogicalType& type);

 private:
  Mutex mutex_;
  std::map<catalog::FieldId, std::shared_ptr<const ColumnBounds>> columns_ LAKE_GUARDED_BY(mutex_);
};

/// TableBounds by file list and definition of the columns, shared by all statements, so that planning over
/// many files reads statistics once. A definition is known by its object, never by its number: an ALTER that
/// was rolled back and the next one have the same number. Bounds: at most kListsMax pairs; those that no
/// snapshot holds any more go first. Threads: any.
class BoundsCache {
 public:
  static constexpr std::size_t kListsMax = 256;
  std::shared_ptr<TableBounds> of(const std::shared_ptr<const catalog::FileList>& files,
                                  const std::shared_ptr<const catalog::Schema>& schema);

 private:
  struct Entry {
    std::weak_ptr<const catalog::FileList> files;
    std::weak_ptr<const catalog::Schema> schema;
    std::shared_ptr<TableBounds> bounds;
    [[nodiscard]] bool is_gone() const { return files.expired() || schema.expired(); }
  };
  using Key = std::pair<const catalog::FileList*, const catalog::Schema*>;
  Mutex mutex_;
  std::map<Key, Entry> entries_ LAKE_GUARDED_BY(mutex_);
};

}  // namespace lake::tables
