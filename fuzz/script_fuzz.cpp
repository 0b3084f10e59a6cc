#include <cstdint>
#include <string>

#include "lake/ingest/sql_text.hpp"
#include "lake/query/script.hpp"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

// Any script: its pieces lie in it one after the other; any table name that is read is written as one that
// reads the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto pieces = lake::query::split_script(text)) {
    std::size_t end = 0;
    for (const auto& piece : *pieces) {
      require(!piece.sql.empty() && piece.offset >= end);
      require(text.compare(piece.offset, piece.sql.size(), piece.sql) == 0);
      end = piece.offset + piece.sql.size();
    }
  }
  if (const auto name = lake::ingest::parse_table_name(text)) {
    const auto again = lake::ingest::parse_table_name(name->sql());
    require(again.has_value() && again->schema == name->schema && again->table == name->table);
  }
  return 0;
}
