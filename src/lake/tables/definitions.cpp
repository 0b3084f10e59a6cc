#include "lake/tables/definitions.hpp"

#include <utility>

#include "duckdb/function/macro_function.hpp"
#include "duckdb/parser/keyword_helper.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/definition_overlay.hpp"
#include "lake/tables/field_types.hpp"
#include "lake/tables/lake_catalog.hpp"

namespace lake::tables {
namespace {

using catalog::ObjectKind;
using engine::throw_as_duckdb;

std::string in_quotes(const std::string& name) { return duckdb::KeywordHelper::WriteQuoted(name, '"'); }

/// What create_type() writes before the type's text.
std::string type_prefix(const catalog::Object& object) {
  return "CREATE TYPE " + in_quotes(object.schema_name) + "." + in_quotes(object.name) + " AS ";
}

Error damaged(const catalog::Object& object) {
  return Error(ErrorCode::kCorruption, "the catalog holds a definition that cannot be read: " +
                                           object.schema_name + "." + object.name + ": " + object.sql);
}

/// The parsed CREATE statement of a view or macro.
duckdb::unique_ptr<duckdb::CreateInfo> parsed(const catalog::Object& object, const duckdb::Catalog& catalog) {
  duckdb::unique_ptr<duckdb::CreateInfo> info;
  const Status status = engine::guarded([&] {
    duckdb::Parser parser;
    parser.ParseQuery(object.sql);
    if (parser.statements.size() == 1 &&
        parser.statements[0]->type == duckdb::StatementType::CREATE_STATEMENT) {
      info = std::move(parser.statements[0]->Cast<duckdb::CreateStatement>().info);
    }
  });
  if (!status || !info) throw_as_duckdb(damaged(object));
  info->catalog = catalog.GetName();
  info->schema = object.schema_name;
  info->sql = object.sql;
  if (object.comment) info->comment = duckdb::Value(*object.comment);
  return info;
}

/// DuckDB looks for column comments by the names inside the view's query; people give them by those outside.
class LakeView : public duckdb::ViewCatalogEntry {
 public:
  using ViewCatalogEntry::ViewCatalogEntry;
  duckdb::shared_ptr<duckdb::ViewColumnInfo> GetColumnInfo() const override {
    const auto bound = ViewCatalogEntry::GetColumnInfo();
    if (!bound || aliases.empty()) return bound;
    auto named = duckdb::make_shared_ptr<duckdb::ViewColumnInfo>(*bound);
    for (std::size_t i = 0; i < aliases.size() && i < named->names.size(); ++i) named->names[i] = aliases[i];
    return named;
  }
};

std::shared_ptr<duckdb::CatalogEntry> made(const catalog::Object& object, LakeSchema& schema) {
  if (object.kind == ObjectKind::kType) {
    const std::string prefix = type_prefix(object);
    if (!object.sql.starts_with(prefix)) throw_as_duckdb(damaged(object));
    catalog::Field field;
    field.name = object.name;
    field.type = object.sql.substr(prefix.size());
    auto type = engine::value_or_throw(type_of(field));
    type.SetAlias(object.name);
    duckdb::CreateTypeInfo info(object.name, std::move(type));
    info.schema = object.schema_name;
    if (object.comment) info.comment = duckdb::Value(*object.comment);
    return std::make_shared<duckdb::TypeCatalogEntry>(schema.catalog, schema, info);
  }
  auto info = parsed(object, schema.catalog);
  if (object.kind == ObjectKind::kView && info->type == duckdb::CatalogType::VIEW_ENTRY) {
    auto& view = info->Cast<duckdb::CreateViewInfo>();
    for (const auto& [column, comment] : object.column_comments) {
      view.column_comments_map[column] = duckdb::Value(comment);
    }
    return std::make_shared<LakeView>(schema.catalog, schema, view);
  }
  if (object.kind == ObjectKind::kMacro && info->type == duckdb::CatalogType::MACRO_ENTRY) {
    return std::make_shared<duckdb::ScalarMacroCatalogEntry>(schema.catalog, schema,
                                                             info->Cast<duckdb::CreateMacroInfo>());
  }
  if (object.kind == ObjectKind::kTableMacro && info->type == duckdb::CatalogType::TABLE_MACRO_ENTRY) {
    return std::make_shared<duckdb::TableMacroCatalogEntry>(schema.catalog, schema,
                                                            info->Cast<duckdb::CreateMacroInfo>());
  }
  throw_as_duckdb(damaged(object));
}

/// True when the object is to be made; false when IF NOT EXISTS found one. Throws when the name is taken.
bool name_is_free(const duckdb::CreateInfo& info, const std::string& name, bool exists) {
  if (!exists || info.on_conflict == duckdb::OnCreateConflict::REPLACE_ON_CONFLICT) return true;
  if (info.on_conflict == duckdb::OnCreateConflict::IGNORE_ON_CONFLICT) return false;
  throw duckdb::CatalogException::EntryAlreadyExists(info.type, name);
}

/// The CREATE statement that a reopened lake reads: without database, IF NOT EXISTS and OR REPLACE.
std::string stored_sql(const duckdb::CreateInfo& info, const std::string& schema) {
  const auto copy = info.Copy();
  copy->catalog = "";
  copy->schema = schema;
  copy->on_conflict = duckdb::OnCreateConflict::ERROR_ON_CONFLICT;
  return copy->ToString();
}

duckdb::CatalogEntry& stored(LakeTransaction& transaction, LakeSchema& schema, catalog::Object object) {
  const ObjectKind kind = object.kind;
  const std::string name = object.name;
  transaction.define(catalog::PutObject{std::move(object)});
  return object_entry(transaction, schema, find_object(*transaction.seen(), kind, schema.name, name));
}

}  // namespace

std::optional<std::string> comment_of(const duckdb::Value& value) {
  if (value.IsNull()) return std::nullopt;
  return value.ToString();
}

duckdb::CatalogEntry& object_entry(LakeTransaction& transaction, LakeSchema& schema,
                                   const catalog::ObjectPtr& object) {
  const std::string key = "o:" + std::to_string(static_cast<int>(object->kind)) + ":" +
                          std::to_string(object->version) + ":" + catalog::lower_ascii(object->schema_name) +
                          "." + catalog::lower_ascii(object->name);
  return transaction.keep(key, [&] { return made(*object, schema); });
}

duckdb::optional_ptr<duckdb::CatalogEntry> create_view(LakeTransaction& transaction, LakeSchema& schema,
                                                       duckdb::CreateViewInfo& info) {
  if (transaction.find(schema.name, info.view_name)) {
    if (info.on_conflict == duckdb::OnCreateConflict::IGNORE_ON_CONFLICT) return nullptr;
    throw duckdb::CatalogException::EntryAlreadyExists(duckdb::CatalogType::TABLE_ENTRY, info.view_name);
  }
  const auto before = find_object(*transaction.seen(), ObjectKind::kView, schema.name, info.view_name);
  if (!name_is_free(info, info.view_name, before != nullptr)) return nullptr;
  catalog::Object object;
  object.object_id = before ? before->object_id : 0;
  object.kind = ObjectKind::kView;
  object.schema_name = schema.name;
  object.name = info.view_name;
  object.sql = stored_sql(info, schema.name);
  object.comment = comment_of(info.comment);
  return &stored(transaction, schema, std::move(object));
}

duckdb::optional_ptr<duckdb::CatalogEntry> create_macro(LakeTransaction& transaction, LakeSchema& schema,
                                                        duckdb::CreateFunctionInfo& info) {
  const bool is_table_macro = info.type == duckdb::CatalogType::TABLE_MACRO_ENTRY;
  if (!is_table_macro && info.type != duckdb::CatalogType::MACRO_ENTRY) {
    throw_as_duckdb(Error(ErrorCode::kUnsupported, "the lake keeps macros only, no functions: " + info.name));
  }
  const auto& macro_info = info.Cast<duckdb::CreateMacroInfo>();
  for (const auto& macro : macro_info.macros) {
    for (const auto& type : macro->types) {
      if (type.id() == duckdb::LogicalTypeId::UNKNOWN) continue;
      throw_as_duckdb(
          Error(ErrorCode::kUnsupported,
                "macro parameters cannot have types here; cast them in the body: macro " + info.name));
    }
  }
  const auto before = find_object(*transaction.seen(), ObjectKind::kMacro, schema.name, info.name);
  if (!name_is_free(info, info.name, before != nullptr)) return nullptr;
  const ObjectKind kind = is_table_macro ? ObjectKind::kTableMacro : ObjectKind::kMacro;
  if (before && before->kind != kind) {
    throw duckdb::CatalogException::EntryAlreadyExists(
        is_table_macro ? duckdb::CatalogType::MACRO_ENTRY : duckdb::CatalogType::TABLE_MACRO_ENTRY,
        info.name);
  }
  catalog::Object object;
  object.object_id = before ? before->object_id : 0;
  object.kind = kind;
  object.schema_name = schema.name;
  object.name = info.name;
  object.sql = stored_sql(info, schema.name);
  object.comment = comment_of(info.comment);
  return &stored(transaction, schema, std::move(object));
}

duckdb::optional_ptr<duckdb::CatalogEntry> create_type(LakeTransaction& transaction, LakeSchema& schema,
                                                       duckdb::CreateTypeInfo& info) {
  const auto before = find_object(*transaction.seen(), ObjectKind::kType, schema.name, info.name);
  if (!name_is_free(info, info.name, before != nullptr)) return nullptr;
  catalog::FieldId unused_id = 1;
  const auto field = engine::value_or_throw(field_of(info.name, info.type, unused_id));
  if (!field.children.empty()) {
    throw_as_duckdb(Error(ErrorCode::kUnsupported,
                          "a named type stands for an ENUM or another simple type: " + info.name));
  }
  catalog::Object object;
  object.object_id = before ? before->object_id : 0;
  object.kind = ObjectKind::kType;
  object.schema_name = schema.name;
  object.name = info.name;
  object.sql = type_prefix(object) + field.type;
  object.comment = comment_of(info.comment);
  return &stored(transaction, schema, std::move(object));
}

void alter_object(LakeTransaction& transaction, const catalog::Object& object, duckdb::AlterInfo& info) {
  catalog::Object changed = object;
  switch (info.type) {
    case duckdb::AlterType::SET_COMMENT:
      changed.comment = comment_of(info.Cast<duckdb::SetCommentInfo>().comment_value);
      transaction.define(catalog::PutObject{std::move(changed)});
      return;
    case duckdb::AlterType::SET_COLUMN_COMMENT: {
      const auto& column = info.Cast<duckdb::SetColumnCommentInfo>();
      const auto comment = comment_of(column.comment_value);
      if (comment) {
        changed.column_comments[column.column_name] = *comment;
      } else {
        changed.column_comments.erase(column.column_name);
      }
      transaction.define(catalog::PutObject{std::move(changed)});
      return;
    }
    case duckdb::AlterType::ALTER_VIEW: {
      const auto& rename = info.Cast<duckdb::RenameViewInfo>();
      const std::string& name = rename.new_view_name;
      const bool is_same = catalog::lower_ascii(name) == catalog::lower_ascii(object.name);
      if (!is_same && (transaction.find(object.schema_name, name) ||
                       find_object(*transaction.seen(), ObjectKind::kView, object.schema_name, name))) {
        throw duckdb::CatalogException::EntryAlreadyExists(duckdb::CatalogType::VIEW_ENTRY, name);
      }
      auto create = parsed(object, transaction.lake_catalog());
      create->Cast<duckdb::CreateViewInfo>().view_name = name;
      changed.name = name;
      changed.sql = stored_sql(*create, object.schema_name);
      changed.object_id = 0;
      std::vector<catalog::Definition> changes;
      changes.emplace_back(catalog::DropObject{object.kind, object.schema_name, object.name});
      changes.emplace_back(catalog::PutObject{std::move(changed)});
      transaction.define(std::move(changes));
      return;
    }
    default:
      throw_as_duckdb(Error(ErrorCode::kUnsupported, "this cannot be altered so: " + info.ToString()));
  }
}

}  // namespace lake::tables
