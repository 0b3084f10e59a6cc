#include "lake/tables/named_table.hpp"

#include <vector>

#include "lake/engine/errors.hpp"

namespace lake::tables {

duckdb::QualifiedName qualified_name(const std::string& text) {
  std::vector<std::string> parts(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    const bool is_doubled = letter == '"' && quoted && i + 1 < text.size() && text[i + 1] == '"';
    if (is_doubled) ++i;
    if (letter == '"' && !is_doubled) {
      quoted = !quoted;
    } else if (letter == '.' && !quoted) {
      parts.emplace_back();
    } else {
      parts.back() += letter;
    }
  }
  if (quoted || parts.size() > 3) {
    engine::throw_as_duckdb(
        Error(ErrorCode::kInvalidArgument, "not the name of a table, schema.table or \"a.b\": " + text));
  }
  duckdb::QualifiedName name;
  name.name = parts.back();
  name.schema = parts.size() > 1 ? parts[parts.size() - 2] : INVALID_SCHEMA;
  name.catalog = parts.size() > 2 ? parts[0] : INVALID_CATALOG;
  return name;
}

LakeTable& named_table(duckdb::ClientContext& context, const std::string& text) {
  const auto name = qualified_name(text);
  auto& entry =
      duckdb::Catalog::GetEntry<duckdb::TableCatalogEntry>(context, name.catalog, name.schema, name.name);
  if (entry.ParentCatalog().GetCatalogType() != "lake") {
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "not a table of the lake: " + text));
  }
  return entry.Cast<LakeTable>();
}

}  // namespace lake::tables
