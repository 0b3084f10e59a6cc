#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lake/codec/roaring.hpp"
#include "lake/engine/duckdb.hpp"
#include "lake/os/file_system.hpp"
#include "lake/tables/lake.hpp"
#include "lake/tables/scan.hpp"

namespace lake::tables {

/// A table made by hand for tests and measurements of the scan: files written by COPY, rows kept in memory,
/// deletes set, no catalog. Errors end the program's test by exception.
class ScanFixture {
 public:
  explicit ScanFixture(std::string directory);
  ~ScanFixture();

  duckdb::Connection& connection() { return *connection_; }
  duckdb::DuckDB& database() { return *database_; }
  os::FileSystem& files() { return files_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

  /// Sets the current definition: "a INTEGER, s STRUCT(x INTEGER, y VARCHAR)". New field ids for all.
  void define(const std::string& columns);
  /// Replaces the definition by an edited copy with the next schema id; files and rows keep theirs.
  void alter(const std::function<void(catalog::Schema&, catalog::FieldId& next_id)>& edit);
  /// Writes the rows of a query, in the columns of the definition, as one file. Returns its id.
  catalog::FileId add_file(const std::string& query, const std::string& options = "");
  /// The same as rows in memory, of which `visible` are seen.
  catalog::FileId add_run(const std::string& query, std::uint64_t hidden_tail = 0);
  /// Gives a file the statistics a writer would: bounds without NaN, texts cut short. Struct members too.
  void measure(catalog::FileId file);
  void erase(catalog::FileId file, const std::vector<std::uint32_t>& positions);
  catalog::DataFile& file(catalog::FileId id);
  catalog::Table& table() { return *table_; }

  /// Makes what was built so far scannable as `name`('') in SQL.
  void publish(const std::string& name, bool pruning = true);
  [[nodiscard]] TableViewPtr view() const;
  [[nodiscard]] std::string absolute(catalog::FileId id) const;

  /// All values of a result as text, rows parted by lines; an exception when the query fails.
  std::string text(const std::string& sql);
  std::unique_ptr<duckdb::MaterializedQueryResult> run(const std::string& sql);

 private:
  [[nodiscard]] std::string field_ids() const;
  std::string stored(
      const std::string& query);  // the name of a table that holds the query's rows as files hold them
  void measure_field(const catalog::Field& field, const std::string& path, const std::string& file,
                     std::vector<catalog::ColumnStats>& stats);

  const std::string directory_;
  os::PosixFileSystem files_;
  const std::shared_ptr<BoundsCache> bounds_ = make_bounds_cache();
  std::unique_ptr<duckdb::DuckDB> database_;
  std::unique_ptr<duckdb::Connection> connection_;
  std::shared_ptr<catalog::Table> table_;
  std::vector<std::shared_ptr<catalog::DataFile>> data_files_;
  std::vector<RowRunPtr> runs_;
  std::map<catalog::FileId, catalog::BitmapPtr> deletes_;
  catalog::FileId next_file_ = 1;
  catalog::FieldId next_field_ = 1;
  std::uint64_t next_row_id_ = 0;
};

}  // namespace lake::tables
