#include "lake/tables/named_table.hpp"

#include "lake/engine/errors.hpp"

namespace lake::tables {

LakeTable& named_table(duckdb::ClientContext& context, const std::string& text) {
  const auto name = duckdb::QualifiedName::Parse(text);
  auto& entry =
      duckdb::Catalog::GetEntry<duckdb::TableCatalogEntry>(context, name.catalog, name.schema, name.name);
  if (entry.ParentCatalog().GetCatalogType() != "lake") {
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "not a table of the lake: " + text));
  }
  return entry.Cast<LakeTable>();
}

}  // namespace lake::tables
