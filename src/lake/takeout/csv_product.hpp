#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/csv_records.hpp"
#include "lake/takeout/json_product.hpp"

namespace lake::takeout {

/// The column names of a file, compared without case and space around them.
class CsvNames {
 public:
  CsvNames() = default;
  explicit CsvNames(const std::vector<std::string>& fields);
  [[nodiscard]] std::optional<std::size_t> position(std::string_view lower_case_name) const;
  [[nodiscard]] bool has(std::initializer_list<std::string_view> lower_case_names) const;
  /// As the file has it; "#3" for a column without one.
  [[nodiscard]] std::string shown(std::size_t column) const;
  [[nodiscard]] std::size_t count() const { return lower_.size(); }
  [[nodiscard]] const std::string& lower(std::size_t column) const { return lower_[column]; }

 private:
  std::vector<std::string> shown_;
  std::vector<std::string> lower_;
};

/// The fields of one record. Empty ones count as absent; what nobody took is for the column `extra`. Wrong
/// UTF-8 is replaced by U+FFFD. Threads: one.
class CsvFields {
 public:
  CsvFields(const std::vector<std::string>& fields, const CsvNames& names, EntrySink& sink);
  [[nodiscard]] std::size_t count() const { return fields_.size(); }
  /// Without taking it.
  [[nodiscard]] std::string_view peek(std::size_t column) const {
    return column < fields_.size() ? std::string_view(fields_[column]) : std::string_view();
  }
  std::optional<std::string_view> take(std::size_t column);
  /// The first column there is of these.
  std::optional<std::string_view> take(std::initializer_list<std::string_view> lower_case_names);
  /// A value that is no such number or time is not taken.
  std::optional<std::int64_t> take_integer(std::initializer_list<std::string_view> lower_case_names);
  std::optional<Timestamp> take_time(std::initializer_list<std::string_view> lower_case_names);
  [[nodiscard]] std::string extra(const TableSpec& table, EntrySink& sink) const;

 private:
  std::optional<std::size_t> find(std::initializer_list<std::string_view> lower_case_names) const;
  const CsvNames& names_;
  std::vector<std::string> fields_;
  std::vector<bool> taken_;
};

/// ISO 8601, also with " UTC" behind it.
std::optional<Timestamp> parse_csv_time(std::string_view text);
/// A whole number and nothing else.
std::optional<std::int64_t> parse_integer(std::string_view text);
/// A decimal number and nothing else; finite.
std::optional<double> parse_real(std::string_view text);

/// Drives the records of a file: those for which `is_element(fields)` is false belong to the file's form
/// (names, what stands before them) and are passed over, the others go through `read_record(fields, sink) ->
/// ElementOutcome`.
template <class IsElement, class ReadRecord>
Result<ParseEnd> parse_csv_records(Content& content, EntrySink& sink, IsElement&& is_element,
                                   ReadRecord&& read_record) {
  CsvRecords records(content);
  while (const auto* record = records.next()) {
    const bool is_blank = record->text.find_first_not_of(" \t\r") == std::string_view::npos;
    if (is_blank || !is_element(record->fields)) continue;
    if (!sink.begin_element(record->place)) continue;
    const ElementOutcome outcome =
        record->is_too_large ? ElementOutcome("too large") : read_record(record->fields, sink);
    if (outcome == kStored) {
      LAKE_CHECK_OK(sink.end_element());
    } else {
      LAKE_CHECK_OK(sink.reject(record->text, outcome));
    }
  }
  if (records.end() == CsvRecords::End::kComplete) return ParseEnd{};
  return ParseEnd{false, records.end_offset(),
                  records.failure() ? records.failure()->message() : "the file ends inside quotes"};
}

/// The same for a file whose first record names its columns: `read_record(fields, names, sink)`.
template <class ReadRecord>
Result<ParseEnd> parse_named_csv_records(Content& content, EntrySink& sink, ReadRecord&& read_record) {
  CsvNames names;
  return parse_csv_records(
      content, sink,
      [&names](const std::vector<std::string>& fields) {
        if (names.count() > 0) return true;
        names = CsvNames(fields);
        return false;
      },
      [&](const std::vector<std::string>& fields, EntrySink& into) {
        return read_record(fields, names, into);
      });
}

/// The head of a file whose name ends in .csv, at most `count` records; nothing for other files and binary
/// ones.
std::vector<std::vector<std::string>> csv_head(const EntryHead& head, std::size_t count);

}  // namespace lake::takeout
