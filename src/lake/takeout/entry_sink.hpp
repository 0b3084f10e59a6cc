#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/takeout/file_taker.hpp"
#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

/// A row being written. Values that do not fit a column are the parser's to keep (Members does that).
class Row {
 public:
  Row(codec::ColumnBatch& batch, const TableSpec& table) : batch_(batch), table_(table) {}
  void integer(std::size_t column, std::int64_t value) { batch_.column(column).append_integer(value); }
  void integer(std::size_t column, const std::optional<std::int64_t>& value) {
    if (value) integer(column, *value);
  }
  void unsigned_integer(std::size_t column, std::uint64_t value) {
    batch_.column(column).append_unsigned(value);
  }
  void flag(std::size_t column, const std::optional<bool>& value) {
    if (value) integer(column, *value ? 1 : 0);
  }
  void real(std::size_t column, double value) { batch_.column(column).append_real(value); }
  void real(std::size_t column, const std::optional<double>& value) {
    if (value) real(column, *value);
  }
  template <std::convertible_to<std::string_view> Text>
  void text(std::size_t column, const Text& value) {
    batch_.column(column).append_text(value);
  }
  template <std::convertible_to<std::string_view> Text>
  void text(std::size_t column, const std::optional<Text>& value) {
    if (value) text(column, *value);
  }
  void texts(std::size_t column, std::span<const std::string_view> values) {
    batch_.column(column).append_texts(values);
  }
  /// The members that no column takes, as one JSON object; empty = there are none.
  void extra(std::string_view json) {
    if (!json.empty()) batch_.column(table_.columns.size()).append_text(json);
  }

 private:
  codec::ColumnBatch& batch_;
  const TableSpec& table_;
};

/// A part of an entry's content.
struct ElementPlace {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// An element that gave no row.
struct Reject {
  std::int64_t entry_id = 0;
  ElementPlace place;
  std::string reason;  // few, fixed words: "syntax", "shape", "no time", "too large"
  std::string detail;  // for people
  std::string bytes;   // the element, its first kRejectBytesMax
};
inline constexpr std::size_t kRejectBytesMax = 1U << 20U;

/// What parsers made of some elements of one or more entries, not stored yet.
class Batch {
 public:
  struct TableRows {
    explicit TableRows(const TableSpec& spec);
    const TableSpec* spec;
    codec::ColumnBatch rows;  // the table's columns, then kOriginColumns
  };
  codec::ColumnBatch& rows_of(const TableSpec& table);
  [[nodiscard]] const std::vector<TableRows>& tables() const { return tables_; }
  [[nodiscard]] std::vector<TableRows>& tables() { return tables_; }
  [[nodiscard]] const std::vector<Reject>& rejects() const { return rejects_; }
  void add(Reject reject);
  /// Rows and rejects of `more` behind one's own.
  void append(Batch more);
  /// What a batch holds at some moment.
  struct Extent {
    std::vector<std::size_t> rows;  // of each table
    std::size_t rejects = 0;
    std::size_t reject_bytes = 0;
  };
  [[nodiscard]] Extent extent() const;
  /// Takes back what came since.
  void rewind(const Extent& extent);
  [[nodiscard]] bool is_empty() const { return row_count() == 0 && rejects_.empty(); }
  [[nodiscard]] std::uint64_t row_count() const;
  [[nodiscard]] std::size_t bytes() const;
  void clear();

 private:
  std::vector<TableRows> tables_;  // few: searched one by one
  std::vector<Reject> rejects_;
  std::size_t reject_bytes_ = 0;
};

/// How many members of each name no column took. Bounded: after kNamesMax names the rest counts as "...".
class SchemaDrift {
 public:
  void add(std::string_view table, std::string_view key, std::int64_t entry_id) {
    add(table, key, {1, entry_id});
  }
  /// What was seen after this.
  void add(const SchemaDrift& later);
  struct Seen {
    std::uint64_t count = 0;
    std::int64_t first_entry_id = 0;
  };
  [[nodiscard]] const std::map<std::pair<std::string, std::string>, Seen>& seen() const { return seen_; }
  static constexpr std::size_t kNamesMax = 10000;

 private:
  void add(std::string_view table, std::string_view key, const Seen& seen);
  std::map<std::pair<std::string, std::string>, Seen> seen_;
};

/// Counts of one entry as its parser made them; what became of the rows is known when they are stored.
struct ElementCounts {
  std::uint64_t elements = 0;  // rejected ones too
  std::uint64_t rejected = 0;
  std::uint64_t rows = 0;
  std::uint64_t repaired = 0;     // elements with wrong UTF-8, stored with U+FFFD in its place
  std::uint64_t next_offset = 0;  // content before it is done with
};

/// Where a parser puts the rows of one entry, element by element: begin_element(), rows, end_element(); or
/// reject() instead, which takes the rows of the element back. Rows between elements belong to none and are
/// not allowed. The sink writes the origin columns. Threads: one. Lifetime: batch and drift outlive it.
class EntrySink {
 public:
  /// Stores a batch that is full, and empties it.
  class Taker {
   public:
    virtual ~Taker() = default;
    /// Between two elements of an entry, when the batch is large. Errors end the import.
    virtual Status take(Batch& batch, const ElementCounts& counts_so_far) = 0;
  };
  struct Entry {
    std::int64_t entry_id = 0;
    std::int64_t export_us = 0;
    /// Elements that end before it were stored by an earlier run and are passed over.
    std::uint64_t resume_offset = 0;
    FileTaker* files = nullptr;  // null: files inside elements are measured only
  };
  EntrySink(Entry entry, Batch& batch, SchemaDrift& drift, Taker& taker, std::size_t batch_bytes_max,
            std::uint64_t batch_rows_max)
      : entry_(entry),
        batch_(batch),
        drift_(drift),
        taker_(taker),
        batch_bytes_max_(batch_bytes_max),
        batch_rows_max_(batch_rows_max) {}

  /// False when the element was stored by an earlier run: the parser goes on to the next.
  [[nodiscard]] bool begin_element(ElementPlace place);
  /// A new row; the one before is done with.
  Row row(const TableSpec& table);
  /// Errors: those of Taker::take.
  Status end_element();
  Status reject(std::string_view bytes, std::string_view reason, std::string_view detail = {});
  /// A member that no column of `table` takes; it goes to Row::extra.
  void unknown(const TableSpec& table, std::string_view key) { drift_.add(table.name, key, entry_.entry_id); }
  void repaired() { ++counts_.repaired; }
  [[nodiscard]] const ElementCounts& counts() const { return counts_; }
  [[nodiscard]] const Entry& entry() const { return entry_; }

 private:
  struct Mark {
    const TableSpec* table;
    std::size_t row_count;
  };
  void end_row();
  Status flush_if_large();

  const Entry entry_;
  Batch& batch_;
  SchemaDrift& drift_;
  Taker& taker_;
  const std::size_t batch_bytes_max_;
  const std::uint64_t batch_rows_max_;
  ElementCounts counts_;
  ElementPlace place_;
  std::vector<Mark> marks_;  // tables that the element wrote to, and their rows before it
  codec::ColumnBatch* open_ = nullptr;
  const TableSpec* open_table_ = nullptr;
  std::uint64_t element_rows_ = 0;
  std::uint64_t unseen_bytes_ = 0;  // of elements since the batch was looked at
  bool in_element_ = false;
};

}  // namespace lake::takeout
