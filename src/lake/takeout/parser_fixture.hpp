#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/product.hpp"

namespace lake::takeout {

/// What a parser made of a text.
struct Parsed {
  ParseEnd end;
  ElementCounts counts;
  SchemaDrift drift;
  /// Per stored row "table: column=value ..." with its own columns that are not null and `extra`, in order of
  /// the tables' first rows; JSON and texts as they are, lists as [a, b], numbers in decimal.
  std::vector<std::string> rows;
  /// "reason @offset+bytes".
  std::vector<std::string> rejects;
  std::size_t batches = 0;
};

inline std::string value_text(const codec::BatchColumn& column, std::size_t row) {
  switch (column.type()) {
    case ColumnType::kText:
    case ColumnType::kJson:
    case ColumnType::kBytes:
      return std::string(column.text(row));
    case ColumnType::kTextList: {
      std::string list;
      for (std::size_t i = 0; i < column.list_size(row); ++i)
        list += (list.empty() ? "" : ", ") + std::string(column.list_text(row, i));
      return "[" + list + "]";
    }
    case ColumnType::kFloat: {
      float value = 0;
      std::memcpy(&value, column.fixed(row), sizeof value);
      return std::to_string(value);
    }
    case ColumnType::kDouble: {
      double value = 0;
      std::memcpy(&value, column.fixed(row), sizeof value);
      return std::to_string(value);
    }
    default:
      return std::to_string(column.integer(row));
  }
}

/// Collects batches as lines of text.
class CollectingTaker final : public EntrySink::Taker {
 public:
  explicit CollectingTaker(Parsed& parsed) : parsed_(parsed) {}
  Status take(Batch& batch, const ElementCounts& /*counts*/) override {
    ++parsed_.batches;
    for (const auto& table : batch.tables()) {
      const auto& spec = *table.spec;
      for (std::size_t row = 0; row < table.rows.row_count(); ++row) {
        std::string line(spec.name);
        line += ':';
        for (std::size_t i = 0; i <= spec.columns.size(); ++i) {
          const auto& column = table.rows.columns()[i];
          if (column.is_null(row)) continue;
          line += " " + std::string(i < spec.columns.size() ? spec.columns[i].name : "extra") + "=" +
                  value_text(column, row);
        }
        parsed_.rows.push_back(std::move(line));
      }
    }
    for (const auto& reject : batch.rejects()) {
      parsed_.rejects.push_back(reject.reason + " @" + std::to_string(reject.place.offset) + "+" +
                                std::to_string(reject.place.bytes));
    }
    batch.clear();
    return ok();
  }

 private:
  Parsed& parsed_;
};

/// Parses `text` as the entry `name`, given in reads of at most `chunk_bytes`. The parser must claim it.
inline Parsed parse(const Product& product, std::string_view name, std::string_view text,
                    std::size_t chunk_bytes = SIZE_MAX, std::uint64_t resume_offset = 0) {
  Parsed parsed;
  const EntryHead head(name, text.substr(0, kHeadBytes), text.size() <= kHeadBytes);
  Certainty by{};
  EXPECT_EQ(product_for(head, by), &product) << name;
  TextContent content(text, chunk_bytes);
  Batch batch;
  CollectingTaker taker(parsed);
  EntrySink sink({.entry_id = 7, .export_us = 1, .resume_offset = resume_offset}, batch, parsed.drift, taker,
                 1U << 20U, 1000);
  auto end = product.parse(head, {}, content, sink);
  EXPECT_TRUE(end.has_value());
  if (end) parsed.end = *end;
  EXPECT_TRUE(taker.take(batch, sink.counts()).has_value());
  parsed.counts = sink.counts();
  return parsed;
}

/// One case of a table of cases: a file of one or more elements, and the lines it must give.
struct ParserCase {
  const char* situation;
  std::string text;
  std::vector<std::string> rows;
  std::vector<std::string> rejects = {};
};

/// Each case whole and byte by byte must give the same, and never lose an element.
inline void expect_cases(const Product& product, std::string_view name,
                         const std::vector<ParserCase>& cases) {
  for (const auto& each : cases) {
    for (const std::size_t chunk : {SIZE_MAX, std::size_t{1}}) {
      const auto parsed = parse(product, name, each.text, chunk);
      EXPECT_EQ(parsed.rows, each.rows) << each.situation;
      EXPECT_EQ(parsed.rejects, each.rejects) << each.situation;
      EXPECT_EQ(parsed.counts.rejected, parsed.rejects.size()) << each.situation;
    }
  }
}

/// The line of a reject: `element` stands behind `before`.
inline std::string rejected(std::string_view reason, std::string_view before, std::string_view element) {
  return std::string(reason) + " @" + std::to_string(before.size()) + "+" + std::to_string(element.size());
}

}  // namespace lake::takeout
