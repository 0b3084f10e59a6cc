#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/catalog/model.hpp"

namespace lake::catalog {

/// Definitions as the catalog stores them: JSON text, members at their default left out.
/// Format: docs/formats/catalog.md, "definitions".
std::string fields_text(const std::vector<Field>& fields);
/// Everything of a table but its names, columns and data.
std::string table_text(const Table& table);
std::string object_text(const Object& object);

/// A file's partition values: a count, then for each value 0 for NULL or its length + 1 and its bytes.
std::string partition_bytes(const std::vector<std::optional<std::string>>& values);
Result<std::vector<std::optional<std::string>>> read_partition(std::string_view bytes);

/// Reads definitions back, reusing one parser. Errors: kCorruption.
/// Threads: one at a time.
class DefinitionReader {
 public:
  DefinitionReader();
  ~DefinitionReader();
  DefinitionReader(const DefinitionReader&) = delete;
  DefinitionReader& operator=(const DefinitionReader&) = delete;

  Result<std::vector<Field>> fields(std::string_view text);
  /// Fills in what table_text() tells; returns the id of the current schema.
  Result<std::int32_t> table(std::string_view text, Table& table);
  Status object(std::string_view text, Object& object);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace lake::catalog
