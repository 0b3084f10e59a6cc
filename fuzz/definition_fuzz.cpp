#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "lake/catalog/definition_text.hpp"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

// Any text in place of a stored definition: refused, or what was read is written as text that reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lake::catalog;  // NOLINT(google-build-using-namespace)
  if (size == 0) return 0;
  static DefinitionReader reader;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      if (const auto fields = reader.fields(text))
        require(reader.fields(fields_text(*fields)).value() == *fields);
      break;
    case 1: {
      Table table;
      const auto schema_id = reader.table(text, table);
      if (!schema_id) break;
      auto schema = std::make_shared<Schema>();
      schema->schema_id = *schema_id;
      table.schema = std::move(schema);
      Table again;
      require(reader.table(table_text(table), again).value() == *schema_id);
      again.schema = table.schema;
      require(table_text(again) == table_text(table));
      break;
    }
    case 2: {
      Object object;
      if (!reader.object(text, object)) break;
      Object again;
      require(reader.object(object_text(object), again).has_value());
      require(object_text(again) == object_text(object));
      break;
    }
    default:
      if (const auto values = read_partition(text))
        require(read_partition(partition_bytes(*values)).value() == *values);
  }
  return 0;
}
