#include "lake/ingest/sql_text.hpp"

#include <vector>

namespace lake::ingest {
std::string quoted_path(std::string_view path) {
  std::string literal;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[') {
      literal += '[';
      literal += c;
      literal += ']';
    } else {
      literal += c;
    }
  }
  return quoted_text(literal);
}

Result<TableName> parse_table_name(std::string_view text) {
  std::vector<std::string> parts(1);
  bool inside = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      if (inside && i + 1 < text.size() && text[i + 1] == '"') {
        parts.back() += '"';
        ++i;
      } else {
        inside = !inside;
      }
    } else if (c == '.' && !inside) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  bool empty = inside || parts.size() > 2;
  for (const auto& part : parts) empty = empty || part.empty();
  if (empty)
    return Error(ErrorCode::kInvalidArgument,
                 "not a table name (table or schema.table): " + std::string(text));
  if (parts.size() == 1) return TableName{"main", parts[0]};
  return TableName{parts[0], parts[1]};
}

}  // namespace lake::ingest
