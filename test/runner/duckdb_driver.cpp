#include "driver.hpp"
#include "duckdb.hpp"

namespace lake::sqltest {
namespace {

class DuckConnection final : public Connection {
 public:
  explicit DuckConnection(duckdb::DuckDB& database) : connection_(database) {}

  Result<Answer> run(const std::string& sql) override {
    const auto result = connection_.Query(sql);
    if (result->HasError()) return Error(ErrorCode::kInvalidArgument, result->GetError());
    Answer answer;
    answer.column_count = result->ColumnCount();
    for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
      auto& values = answer.rows.emplace_back();
      for (duckdb::idx_t column = 0; column < result->ColumnCount(); ++column) {
        const duckdb::Value value = result->GetValue(column, row);
        values.push_back(value.IsNull() ? std::nullopt : std::optional<std::string>(value.ToString()));
      }
    }
    return answer;
  }

 private:
  duckdb::Connection connection_;
};

class DuckDriver final : public Driver {
 public:
  Status open(const std::string& /*data_directory*/) override {
    duckdb::DBConfig config;
    config.SetOptionByName("threads", duckdb::Value::INTEGER(2));
    database_ = std::make_unique<duckdb::DuckDB>(nullptr, &config);
    duckdb::Connection connection(*database_);
    const auto result = connection.Query("SET GLOBAL TimeZone = 'UTC'");
    if (result->HasError()) return Error(ErrorCode::kInternal, result->GetError());
    return ok();
  }
  Result<std::unique_ptr<Connection>> connect() override {
    return std::make_unique<DuckConnection>(*database_);
  }
  Status restart() override {
    return Error(ErrorCode::kUnsupported, "plain DuckDB in memory forgets at a restart");
  }
  Status close() override {
    database_.reset();
    return ok();
  }
  Status check() override { return ok(); }
  [[nodiscard]] std::set<std::string> traits() const override { return {"duckdb", "sessions"}; }

 private:
  std::unique_ptr<duckdb::DuckDB> database_;
};

}  // namespace

std::unique_ptr<Driver> make_duckdb_driver() { return std::make_unique<DuckDriver>(); }

}  // namespace lake::sqltest
