#pragma once

#include <memory>
#include <string>
#include <vector>

#include "duckdb.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// A session on plain DuckDB in memory, of which only run_text is built: what import and export do to a
/// database, without the lake under it.
class PlainSession final : public query::Session {
 public:
  PlainSession() : connection_(database_) {
    ignore(run_text("SET TimeZone = 'UTC'"), "a test that needs it fails");
  }

  Result<std::vector<StatementText>> split(const std::string&) override { return refuse(); }
  Result<std::unique_ptr<query::ResultStream>> run(const std::string&, const query::Parameters&,
                                                   const query::RequestOptions&) override {
    return refuse();
  }
  Result<TextResult> run_text(const std::string& sql, const query::Parameters& = {},
                              const query::RequestOptions& = {}) override {
    const auto result = connection_.Query(sql);
    if (result->HasError()) return Error(ErrorCode::kInvalidArgument, result->GetError());
    TextResult text;
    for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
      auto& values = text.rows.emplace_back();
      for (duckdb::idx_t column = 0; column < result->ColumnCount(); ++column) {
        const duckdb::Value value = result->GetValue(column, row);
        values.push_back(value.IsNull() ? std::nullopt : std::optional<std::string>(value.ToString()));
      }
    }
    if (result->properties.return_type == duckdb::StatementReturnType::CHANGED_ROWS &&
        result->RowCount() == 1) {
      text.changed_rows = result->GetValue(0, 0).GetValue<std::uint64_t>();
      text.kind = query::StatementKind::kChange;
    }
    return text;
  }
  void cancel() override { connection_.Interrupt(); }
  [[nodiscard]] query::Progress progress() const override { return {}; }
  [[nodiscard]] bool in_transaction() const override { return connection_.HasActiveTransaction(); }
  std::vector<std::string> complete(const std::string&, std::size_t) override { return {}; }

  /// The rows of a query, values separated by '|', rows by a space; the message of an error.
  std::string rows(const std::string& sql) {
    const auto result = run_text(sql);
    if (!result) return result.error().message();
    std::string text;
    for (const auto& row : result->rows) {
      if (!text.empty()) text += ' ';
      for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : "|") + row[i].value_or("NULL");
    }
    return text;
  }

 private:
  static Error refuse() { return {ErrorCode::kUnsupported, "only run_text is built here"}; }
  duckdb::DuckDB database_;
  mutable duckdb::Connection connection_;
};

}  // namespace lake::ingest
