#include "lake/tables/empty_blobs.hpp"

#include "duckdb/common/string_util.hpp"
#include "duckdb/function/replacement_scan.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/subqueryref.hpp"

namespace lake::tables {

namespace {

/// The columns of the view that the first blob makes (docs/formats/blobs.md).
constexpr const char* kNoBlobs =
    "SELECT NULL::VARCHAR AS bucket, NULL::VARCHAR AS \"key\", NULL::VARCHAR AS hash, NULL::BIGINT AS bytes, "
    "NULL::VARCHAR AS content_type, NULL::VARCHAR AS metadata, NULL::TIMESTAMP AS created_at, NULL::BIGINT "
    "AS "
    "refs, NULL::VARCHAR AS archive, NULL::TIMESTAMP AS checked_at, NULL::VARCHAR AS damage WHERE false";

bool is_of(const duckdb::string& name, const char* one) {
  return name.empty() || duckdb::StringUtil::CIEquals(name, one);
}

/// Asked when a table was not found.
duckdb::unique_ptr<duckdb::TableRef> empty_blobs(duckdb::ClientContext& /*context*/,
                                                 duckdb::ReplacementScanInput& input,
                                                 duckdb::optional_ptr<duckdb::ReplacementScanData> /*data*/) {
  if (!duckdb::StringUtil::CIEquals(input.table_name, "blobs") || !is_of(input.catalog_name, "lake") ||
      !is_of(input.schema_name, "main"))
    return nullptr;
  duckdb::Parser parser;
  parser.ParseQuery(kNoBlobs);
  return duckdb::make_uniq<duckdb::SubqueryRef>(
      duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
          std::move(parser.statements.front())));
}

}  // namespace

void register_empty_blobs(duckdb::DBConfig& config) { config.replacement_scans.emplace_back(empty_blobs); }

}  // namespace lake::tables
