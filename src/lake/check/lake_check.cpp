#include "lake/check/lake_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "lake/check/statistics_query.hpp"
#include "lake/codec/hash.hpp"

namespace lake::check {
namespace {

constexpr std::size_t kPieceBytes = 1UL << 20U;

/// A literal that no reading function takes for a pattern.
std::string path_literal(const std::string& path) {
  std::string text = "'";
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[') {
      text += {'[', c, ']'};
    } else {
      text += c;
      if (c == '\'') text += c;
    }
  }
  return text + "'";
}

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

class Check {
 public:
  Check(catalog::Catalog& catalog, query::Session& session, os::FileSystem& files,
        const std::string& data_directory)
      : catalog_(catalog), session_(session), files_(files), data_directory_(data_directory) {}

  Result<Report> run() {
    LAKE_TRY(const auto problems, catalog_.verify());
    for (const auto& one : problems) problem("catalog: " + one.where, one.what);
    const auto snapshot = catalog_.current();
    for (const auto& [id, table] : snapshot->tables) {
      ++report_.table_count;
      report_.row_count += table->live_rows;
      // From the catalog itself: a snapshot may have had no room for the files' statistics.
      LAKE_TRY(const auto files, catalog_.files_between(id, snapshot->commit_id, snapshot->commit_id));
      for (const auto& record : files) LAKE_CHECK_OK(check_file(*table, record.file));
    }
    LAKE_CHECK_OK(find_orphans());
    return std::move(report_);
  }

 private:
  void problem(const std::string& where, const std::string& what) {
    report_.findings.push_back({Finding::Weight::kProblem, where, what});
  }

  /// Cancelling ends the whole check; anything else is a finding.
  Status found(const std::string& where, const Error& error) {
    if (error.code() == ErrorCode::kCancelled) return error;
    problem(where, error.message());
    return ok();
  }

  Status check_file(const catalog::Table& table, const catalog::DataFile& file) {
    ++report_.file_count;
    const std::string path = os::join_path(data_directory_, file.path);
    const auto info = files_.stat(path);
    if (!info && info.error().code() == ErrorCode::kNotFound) {
      problem(file.path, "the file of table " + table.schema_name + "." + table.name + " is gone");
      return ok();
    }
    if (!info) return found(file.path, info.error());
    if (info->bytes != file.bytes) {
      problem(file.path, fmt::format("{} bytes, the catalog says {}", info->bytes, file.bytes));
      return ok();
    }
    if (file.checksum != 0) {
      const auto digest = checksum(path);
      if (!digest) return found(file.path, digest.error());
      if (*digest != file.checksum) {
        problem(file.path,
                fmt::format("its checksum is {:016x}, the catalog says {:016x}", *digest, file.checksum));
        return ok();
      }
    }
    return check_contents(table, file, path_literal(path));
  }

  Result<std::uint64_t> checksum(const std::string& path) {
    LAKE_TRY(const auto file, files_.open(path, os::OpenMode::kRead));
    codec::Xxh3Stream hash;
    std::vector<std::byte> piece(kPieceBytes);
    std::uint64_t offset = 0;
    while (true) {
      const auto count = file->read_at(offset, piece);
      if (!count || *count == 0) {
        ignore(file->close(), "it was only read");
        if (!count) return count.error();
        return hash.digest();
      }
      hash.update(std::string_view(reinterpret_cast<const char*>(piece.data()), *count));
      offset += *count;
    }
  }

  Status check_contents(const catalog::Table& table, const catalog::DataFile& file,
                        const std::string& literal) {
    const auto footer = session_.run_text("SELECT num_rows FROM parquet_file_metadata(" + literal + ")");
    if (!footer) return found(file.path, footer.error().with("its footer cannot be read"));
    const std::uint64_t rows = footer->rows.empty() ? 0 : number_of(footer->rows[0][0]);
    if (rows != file.row_count) {
      problem(file.path, fmt::format("{} rows, the catalog says {}", rows, file.row_count));
      return ok();
    }
    const auto schema = table.schemas->find(file.schema_id);
    if (schema == table.schemas->end()) {
      problem(file.path, fmt::format("its schema {} is not one of the table's", file.schema_id));
      return ok();
    }
    const auto columns = session_.run_text("SELECT field_id, name FROM parquet_schema(" + literal +
                                           ") WHERE field_id IS NOT NULL");
    if (!columns) return found(file.path, columns.error());
    std::map<catalog::FieldId, std::string> names;
    for (const auto& row : columns->rows)
      names[static_cast<catalog::FieldId>(number_of(row[0]))] = row[1].value_or("");
    const auto query = statistics_query(file, *schema->second, names, literal);
    if (!query) return found(file.path, query.error());
    return check_statistics(file, *query, literal);
  }

  Status check_statistics(const catalog::DataFile& file, const StatisticsQuery& query,
                          const std::string& literal) {
    // Without statistics to compare, the pages are read all the same.
    const auto result = session_.run_text(
        query.sql.empty() ? "SELECT count(COLUMNS(*)) FROM read_parquet(" + literal + ")" : query.sql);
    if (!result) return found(file.path, result.error().with("its values cannot be read"));
    if (query.sql.empty() || result->rows.empty()) return ok();
    for (std::size_t i = 0; i < query.claims.size(); ++i) {
      if (result->rows[0][i] != "true")
        problem(file.path, "its statistics are wrong: it is not so that " + query.claims[i]);
    }
    return ok();
  }

  Status find_orphans() {
    LAKE_TRY(const auto known_list, catalog_.known_paths());
    std::set<std::string> known(known_list.begin(), known_list.end());
    LAKE_TRY(const auto pending, catalog_.pending_deletes());
    for (const auto& one : pending) known.insert(one.path);
    return find_orphans_in("tables", known);
  }

  Status find_orphans_in(const std::string& directory, const std::set<std::string>& known) {
    auto entries = files_.list(os::join_path(data_directory_, directory));
    if (!entries && entries.error().code() == ErrorCode::kNotFound) return ok();
    if (!entries) return entries.error();
    std::sort(entries->begin(), entries->end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    for (const auto& entry : *entries) {
      const std::string path = directory + "/" + entry.name;
      if (entry.kind == os::FileKind::kDirectory) {
        LAKE_CHECK_OK(find_orphans_in(path, known));
      } else if (!known.contains(path)) {
        report_.findings.push_back(
            {Finding::Weight::kNote, path, "an orphan: no version names this file; upkeep removes it"});
      }
    }
    return ok();
  }

  catalog::Catalog& catalog_;
  query::Session& session_;
  os::FileSystem& files_;
  const std::string& data_directory_;
  Report report_;
};

}  // namespace

Result<Report> check_lake(catalog::Catalog& catalog, query::Session& session, os::FileSystem& files,
                          const std::string& data_directory) {
  return Check(catalog, session, files, data_directory).run();
}

}  // namespace lake::check
