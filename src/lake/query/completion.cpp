#include "lake/query/completion.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace lake::query {
namespace {

/// The end of a statement that is being typed: ... keyword qualifier.prefix
struct Typed {
  std::string keyword;    // the word before the name, in upper case
  std::string qualifier;  // the part before the last dot; empty = none
  std::string prefix;     // may be empty
  bool in_text = false;   // within '...'
};

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string word_before(const std::string& text, std::size_t& end) {
  const std::size_t last = end;
  while (end > 0 && in_word(text[end - 1])) --end;
  return text.substr(end, last - end);
}

Typed typed_in(const std::string& text) {
  Typed typed;
  typed.in_text = std::count(text.begin(), text.end(), '\'') % 2 != 0;
  std::size_t end = text.size();
  typed.prefix = word_before(text, end);
  while (end > 0 && text[end - 1] == '.') {
    --end;
    std::string part = word_before(text, end);
    if (typed.qualifier.empty()) typed.qualifier = std::move(part);
  }
  while (end > 0 && std::isspace(static_cast<unsigned char>(text[end - 1])) != 0) --end;
  typed.keyword = word_before(text, end);
  for (char& c : typed.keyword) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return typed;
}

bool names_a_table(const std::string& keyword) {
  constexpr std::array<std::string_view, 10> kBeforeTables = {
      "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "VIEW", "DESCRIBE", "SUMMARIZE", "TRUNCATE", "USING"};
  return std::find(kBeforeTables.begin(), kBeforeTables.end(), keyword) != kBeforeTables.end();
}

std::string literal(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

/// Names of one kind as they are written in SQL.
std::string names(const std::string& column, const std::string& from, int rank) {
  return " UNION ALL SELECT CASE WHEN regexp_full_match(" + column +
         ", '[A-Za-z_][A-Za-z0-9_]*') AND lower(" + column +
         ") NOT IN (SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category = 'reserved') THEN " +
         column + " ELSE '\"' || replace(" + column + ", '\"', '\"\"') || '\"' END, " + column + ", " +
         std::to_string(rank) + " FROM information_schema." + from;
}

}  // namespace

std::string completion_query(const std::string& text) {
  const Typed typed = typed_in(text);
  std::string words =
      "SELECT rtrim(suggestion) AS word, suggestion AS name, 2 AS rank FROM sql_auto_complete(" +
      literal(text) + ")";
  if (!typed.in_text) {
    const std::string is_here = "_catalog = current_database()";
    const std::string qualifier = "lower(" + literal(typed.qualifier) + ")";
    if (typed.qualifier.empty()) {
      words += names("table_name", "tables WHERE table" + is_here, 0);
      words += names(
          "schema_name",
          "schemata WHERE catalog_name = current_database() AND schema_name NOT IN ('information_schema', "
          "'pg_catalog')",
          0);
    } else {
      words +=
          names("table_name", "tables WHERE table" + is_here + " AND lower(table_schema) = " + qualifier, 0);
    }
    if (!names_a_table(typed.keyword)) {
      words += names("column_name",
                     "columns WHERE table" + is_here +
                         (typed.qualifier.empty() ? "" : " AND lower(table_name) = " + qualifier),
                     1);
    }
  }
  // Where a table is named, other words are wanted only when no table fits.
  const std::string ranked = "SELECT word, min(rank) AS rank FROM (" + words +
                             ") WHERE starts_with(lower(name), lower(" + literal(typed.prefix) +
                             ")) OR starts_with(lower(word), lower(" + literal(typed.prefix) +
                             ")) GROUP BY word";
  const bool tables_only = names_a_table(typed.keyword) && !typed.prefix.empty();
  return "SELECT word FROM (" + ranked + ")" + (tables_only ? " QUALIFY rank = min(rank) OVER ()" : "") +
         " ORDER BY rank, word LIMIT 100";
}

}  // namespace lake::query
