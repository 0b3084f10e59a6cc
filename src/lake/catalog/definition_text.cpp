#include "lake/catalog/definition_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>

#include "lake/catalog/packed_bytes.hpp"

namespace lake::catalog {
namespace {

constexpr std::array<std::string_view, 7> kTransforms = {"identity", "bucket", "truncate", "year",
                                                         "month",    "day",    "hour"};

/// Writes one JSON object or array, members separated as they come.
class JsonText {
 public:
  void open(char bracket) {
    separate();
    text_.push_back(bracket);
    first_ = true;
  }
  void close(char bracket) {
    text_.push_back(bracket);
    first_ = false;
  }
  void key(std::string_view name) {
    separate();
    quote(name);
    text_.push_back(':');
    first_ = true;
  }
  void string(std::string_view value) {
    separate();
    quote(value);
  }
  void number(std::int64_t value) {
    separate();
    text_ += std::to_string(value);
  }
  void member(std::string_view name, std::string_view value) {
    key(name);
    string(value);
  }
  void member(std::string_view name, std::int64_t value) {
    key(name);
    number(value);
  }
  void flag(std::string_view name) {
    key(name);
    separate();
    text_ += "true";
  }
  void optional(std::string_view name, const std::optional<std::string>& value) {
    if (value) member(name, *value);
  }
  void strings(std::string_view name, const std::map<std::string, std::string>& values) {
    if (values.empty()) return;
    key(name);
    open('{');
    for (const auto& [inner, value] : values) member(inner, value);
    close('}');
  }
  std::string take() { return std::move(text_); }

 private:
  void separate() {
    if (!first_) text_.push_back(',');
    first_ = false;
  }
  void quote(std::string_view value) {
    constexpr std::string_view kHex = "0123456789abcdef";
    text_.push_back('"');
    for (const char letter : value) {
      const auto code = static_cast<unsigned char>(letter);
      if (letter == '"' || letter == '\\') {
        text_.push_back('\\');
        text_.push_back(letter);
      } else if (code < 0x20) {
        text_ += "\\u00";
        text_.push_back(kHex[code >> 4U]);
        text_.push_back(kHex[code & 15U]);
      } else {
        text_.push_back(letter);
      }
    }
    text_.push_back('"');
  }

  std::string text_;
  bool first_ = true;
};

void put_fields(JsonText& json, const std::vector<Field>& fields) {
  json.open('[');
  for (const Field& field : fields) {
    json.open('{');
    json.member("id", field.id);
    json.member("name", field.name);
    json.member("type", field.type);
    if (field.not_null) json.flag("not_null");
    json.optional("default", field.default_sql);
    json.optional("initial", field.initial_sql);
    json.optional("comment", field.comment);
    if (!field.collation.empty()) json.member("collation", field.collation);
    if (!field.children.empty()) {
      json.key("children");
      put_fields(json, field.children);
    }
    json.close('}');
  }
  json.close(']');
}

void put_specs(JsonText& json, const std::vector<PartitionSpec>& specs) {
  json.key("specs");
  json.open('[');
  for (const PartitionSpec& spec : specs) {
    json.open('{');
    json.member("id", spec.spec_id);
    json.key("fields");
    json.open('[');
    for (const PartitionField& field : spec.fields) {
      json.open('{');
      json.member("source", field.source);
      json.member("id", field.partition_field_id);
      json.member("transform", kTransforms.at(static_cast<std::size_t>(field.transform)));
      if (field.argument != 0) json.member("argument", field.argument);
      json.member("name", field.name);
      json.close('}');
    }
    json.close(']');
    json.close('}');
  }
  json.close(']');
}

void put_orders(JsonText& json, const std::vector<SortOrder>& orders) {
  json.key("orders");
  json.open('[');
  for (const SortOrder& order : orders) {
    json.open('{');
    json.member("id", order.order_id);
    json.key("fields");
    json.open('[');
    for (const SortField& field : order.fields) {
      json.open('{');
      json.member("source", field.source);
      json.member("direction", field.ascending ? "asc" : "desc");
      json.member("nulls", field.nulls_first ? "first" : "last");
      json.close('}');
    }
    json.close(']');
    json.close('}');
  }
  json.close(']');
}

using Element = simdjson::dom::element;
using JsonObject = simdjson::dom::object;

Error damaged(std::string_view what) {
  return {ErrorCode::kCorruption, "damaged definition in the catalog: " + std::string(what)};
}

std::string text_of(const Element& element) {
  std::string_view text;
  return element.get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

template <class Number>
Number number_of(const Element& element) {
  std::int64_t number = 0;
  if (element.get(number) != simdjson::SUCCESS) return 0;
  return static_cast<Number>(number);
}

Result<std::vector<Field>> read_field_list(const Element& element);

Status read_member(Field& field, std::string_view key, const Element& value) {
  if (key == "id") {
    field.id = number_of<FieldId>(value);
  } else if (key == "name") {
    field.name = text_of(value);
  } else if (key == "type") {
    field.type = text_of(value);
  } else if (key == "not_null") {
    field.not_null = true;
  } else if (key == "default") {
    field.default_sql = text_of(value);
  } else if (key == "initial") {
    field.initial_sql = text_of(value);
  } else if (key == "comment") {
    field.comment = text_of(value);
  } else if (key == "collation") {
    field.collation = text_of(value);
  } else if (key == "children") {
    LAKE_TRY(field.children, read_field_list(value));
  }
  return ok();
}

/// Calls `each(object)` for every object of an array.
template <class Each>
Status for_each_object(const Element& element, Each each) {
  simdjson::dom::array list;
  if (element.get(list) != simdjson::SUCCESS) return damaged("a list is missing");
  for (const Element item : list) {
    JsonObject object;
    if (item.get(object) != simdjson::SUCCESS) return damaged("a list member is not an object");
    LAKE_CHECK_OK(each(object));
  }
  return ok();
}

Status read_field(const JsonObject& object, Field& field) {
  for (const auto [key, value] : object) LAKE_CHECK_OK(read_member(field, key, value));
  return ok();
}

Result<std::vector<Field>> read_field_list(const Element& element) {
  std::vector<Field> fields;
  if (simdjson::dom::array list; element.get(list) == simdjson::SUCCESS) fields.reserve(list.size());
  LAKE_CHECK_OK(for_each_object(
      element, [&](const JsonObject& object) { return read_field(object, fields.emplace_back()); }));
  return fields;
}

Status read_partition_field(const JsonObject& object, PartitionSpec& spec) {
  PartitionField& field = spec.fields.emplace_back();
  for (const auto [key, value] : object) {
    if (key == "source") field.source = number_of<FieldId>(value);
    if (key == "id") field.partition_field_id = number_of<std::int32_t>(value);
    if (key == "argument") field.argument = number_of<std::int32_t>(value);
    if (key == "name") field.name = text_of(value);
    if (key == "transform") {
      const auto known = std::find(kTransforms.begin(), kTransforms.end(), text_of(value));
      if (known == kTransforms.end()) return damaged("unknown transform " + text_of(value));
      field.transform = static_cast<Transform>(known - kTransforms.begin());
    }
  }
  return ok();
}

Status read_spec(const JsonObject& object, PartitionSpec& spec) {
  for (const auto [key, value] : object) {
    if (key == "id") spec.spec_id = number_of<std::int32_t>(value);
    if (key != "fields") continue;
    LAKE_CHECK_OK(
        for_each_object(value, [&](const JsonObject& inner) { return read_partition_field(inner, spec); }));
  }
  return ok();
}

Status read_sort_field(const JsonObject& object, SortField& field) {
  for (const auto [key, value] : object) {
    if (key == "source") field.source = number_of<FieldId>(value);
    if (key == "direction") field.ascending = text_of(value) == "asc";
    if (key == "nulls") field.nulls_first = text_of(value) == "first";
  }
  return ok();
}

Status read_order(const JsonObject& object, SortOrder& order) {
  for (const auto [key, value] : object) {
    if (key == "id") order.order_id = number_of<std::int32_t>(value);
    if (key != "fields") continue;
    LAKE_CHECK_OK(for_each_object(
        value, [&](const JsonObject& inner) { return read_sort_field(inner, order.fields.emplace_back()); }));
  }
  return ok();
}

std::map<std::string, std::string> read_strings(const Element& element) {
  std::map<std::string, std::string> values;
  JsonObject object;
  if (element.get(object) != simdjson::SUCCESS) return values;
  for (const auto [key, value] : object) values.emplace(std::string(key), text_of(value));
  return values;
}

}  // namespace

std::string fields_text(const std::vector<Field>& fields) {
  JsonText json;
  put_fields(json, fields);
  return json.take();
}

std::string table_text(const Table& table) {
  JsonText json;
  json.open('{');
  json.member("schema_id", table.schema->schema_id);
  json.member("next_field_id", table.next_field_id);
  if (!table.specs.empty()) put_specs(json, table.specs);
  if (table.spec_id != 0) json.member("spec_id", table.spec_id);
  if (!table.orders.empty()) put_orders(json, table.orders);
  if (table.order_id != 0) json.member("order_id", table.order_id);
  if (!table.checks.empty()) {
    json.key("checks");
    json.open('[');
    for (const std::string& check : table.checks) json.string(check);
    json.close(']');
  }
  json.strings("properties", table.properties);
  json.optional("comment", table.comment);
  json.close('}');
  return json.take();
}

std::string object_text(const Object& object) {
  JsonText json;
  json.open('{');
  json.member("sql", object.sql);
  json.optional("comment", object.comment);
  json.strings("column_comments", object.column_comments);
  json.close('}');
  return json.take();
}

std::string partition_bytes(const std::vector<std::optional<std::string>>& values) {
  std::string bytes;
  put_varint(bytes, values.size());
  for (const auto& value : values) {
    put_varint(bytes, value ? value->size() + 1 : 0);
    if (value) bytes += *value;
  }
  return bytes;
}

Result<std::vector<std::optional<std::string>>> read_partition(std::string_view bytes) {
  const Error unreadable(ErrorCode::kCorruption, "damaged partition values in the catalog");
  PackedReader reader(bytes);
  const auto count = reader.varint();
  if (!count || *count > bytes.size()) return unreadable;
  std::vector<std::optional<std::string>> values(static_cast<std::size_t>(*count));
  for (auto& value : values) {
    const auto size = reader.varint();
    if (!size) return unreadable;
    if (*size == 0) continue;
    const auto part = reader.take(*size - 1);
    if (!part) return unreadable;
    value = std::string(*part);
  }
  if (!reader.at_end()) return unreadable;
  return values;
}

struct DefinitionReader::Parser {
  simdjson::dom::parser parser;

  Result<Element> parse(std::string_view text) {
    Element root;
    const auto code = parser.parse(text.data(), text.size()).get(root);
    if (code != simdjson::SUCCESS) return damaged(simdjson::error_message(code));
    return root;
  }
  Result<JsonObject> parse_object(std::string_view text) {
    LAKE_TRY(const Element root, parse(text));
    JsonObject object;
    if (root.get(object) != simdjson::SUCCESS) return damaged("not an object");
    return object;
  }
};

DefinitionReader::DefinitionReader() : parser_(std::make_unique<Parser>()) {}
DefinitionReader::~DefinitionReader() = default;

Result<std::vector<Field>> DefinitionReader::fields(std::string_view text) {
  LAKE_TRY(const Element root, parser_->parse(text));
  return read_field_list(root);
}

Result<std::int32_t> DefinitionReader::table(std::string_view text, Table& table) {
  LAKE_TRY(const JsonObject object, parser_->parse_object(text));
  std::int32_t schema_id = 0;
  for (const auto [key, value] : object) {
    if (key == "schema_id") schema_id = number_of<std::int32_t>(value);
    if (key == "next_field_id") table.next_field_id = number_of<FieldId>(value);
    if (key == "spec_id") table.spec_id = number_of<std::int32_t>(value);
    if (key == "order_id") table.order_id = number_of<std::int32_t>(value);
    if (key == "comment") table.comment = text_of(value);
    if (key == "properties") table.properties = read_strings(value);
    if (key == "specs") {
      LAKE_CHECK_OK(for_each_object(
          value, [&](const JsonObject& inner) { return read_spec(inner, table.specs.emplace_back()); }));
    }
    if (key == "orders") {
      LAKE_CHECK_OK(for_each_object(
          value, [&](const JsonObject& inner) { return read_order(inner, table.orders.emplace_back()); }));
    }
    if (key == "checks") {
      simdjson::dom::array checks;
      if (value.get(checks) != simdjson::SUCCESS) return damaged("checks are not a list");
      for (const Element check : checks) table.checks.push_back(text_of(check));
    }
  }
  return schema_id;
}

Status DefinitionReader::object(std::string_view text, Object& object) {
  LAKE_TRY(const JsonObject members, parser_->parse_object(text));
  for (const auto [key, value] : members) {
    if (key == "sql") object.sql = text_of(value);
    if (key == "comment") object.comment = text_of(value);
    if (key == "column_comments") object.column_comments = read_strings(value);
  }
  return ok();
}

}  // namespace lake::catalog
