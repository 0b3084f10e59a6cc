#include "lake/tables/sort_term.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include "duckdb/parser/statement/explain_statement.hpp"
#include "lake/catalog/model.hpp"
#include "lake/engine/errors.hpp"

namespace lake::tables {

namespace {

struct Word {
  std::size_t start = 0;
  std::size_t size = 0;
  std::string text;  // lower case; of anything but a word, its first character
};

/// The statement's tokens, comments left out; none when it cannot be cut into them.
std::vector<Word> words_of(const std::string& sql) {
  duckdb::vector<duckdb::SimplifiedToken> tokens;
  if (!engine::guarded([&] { tokens = duckdb::Parser::Tokenize(sql); })) return {};
  std::vector<Word> words;
  for (const auto& token : tokens) {
    if (token.type == duckdb::SimplifiedTokenType::SIMPLIFIED_TOKEN_COMMENT) continue;
    std::size_t end = token.start;
    while (end < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[end])) != 0 || sql[end] == '_'))
      ++end;
    end = std::max(end, token.start + 1);
    words.push_back(
        {token.start, end - token.start, catalog::lower_ascii(sql.substr(token.start, end - token.start))});
  }
  return words;
}

void blank(std::string& sql, const Word& word) { sql.replace(word.start, word.size, word.size, ' '); }

/// Takes the direction that ends the term words[begin, end).
SortDirection take_direction(std::string& sql, const std::vector<Word>& words, std::size_t begin,
                             std::size_t end) {
  SortDirection direction;
  // A term has at least one word of its own: a column may be named as a direction.
  if (end >= begin + 3 && words[end - 2].text == "nulls" &&
      (words[end - 1].text == "first" || words[end - 1].text == "last")) {
    direction.nulls_first = words[end - 1].text == "first";
    blank(sql, words[end - 1]);
    blank(sql, words[end - 2]);
    end -= 2;
  }
  if (end >= begin + 2 && (words[end - 1].text == "desc" || words[end - 1].text == "asc")) {
    direction.ascending = words[end - 1].text == "asc";
    blank(sql, words[end - 1]);
  }
  return direction;
}

/// The place after SORTED BY ( outside of other parentheses; 0 when the statement has none.
std::size_t first_term(const std::vector<Word>& words) {
  int depth = 0;
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i].text == "(") ++depth;
    if (words[i].text == ")") --depth;
    if (depth == 0 && words[i].text == "sorted" && words[i + 1].text == "by" && words[i + 2].text == "(")
      return i + 3;
  }
  return 0;
}

/// The place of the statement itself, after EXPLAIN and its options.
std::size_t first_of_statement(const std::vector<Word>& words) {
  std::size_t place = 0;
  if (words.empty() || words[0].text != "explain") return place;
  ++place;
  if (place < words.size() && words[place].text == "analyze") ++place;
  if (place >= words.size() || words[place].text != "(") return place;
  for (int depth = 0; place < words.size(); ++place) {
    if (words[place].text == "(") ++depth;
    if (words[place].text == ")" && --depth == 0) return place + 1;
  }
  return place;
}

bool mentions_sorted(std::string_view sql) {
  constexpr std::string_view kWord = "sorted";
  const auto same = [](char left, char right) {
    return std::tolower(static_cast<unsigned char>(left)) == right;
  };
  return std::search(sql.begin(), sql.end(), kWord.begin(), kWord.end(), same) != sql.end();
}

}  // namespace

duckdb::string SortTerm::ToString() const {
  return ColumnRefExpression::ToString() + (ascending ? "" : " DESC") + (nulls_first ? " NULLS FIRST" : "");
}

duckdb::unique_ptr<duckdb::ParsedExpression> SortTerm::Copy() const {
  auto copy = duckdb::make_uniq<SortTerm>(column_names, ascending, nulls_first);
  copy->CopyProperties(*this);
  return copy;
}

std::vector<SortDirection> take_sort_directions(std::string& sql) {
  std::vector<SortDirection> directions;
  if (!mentions_sorted(sql)) return directions;
  const auto words = words_of(sql);
  const std::size_t statement = first_of_statement(words);
  if (statement >= words.size() || words[statement].text != "create") return directions;
  std::size_t begin = first_term(words);
  if (begin == 0) return directions;
  int depth = 0;
  for (std::size_t i = begin; i < words.size(); ++i) {
    const std::string& text = words[i].text;
    const bool ends_term = depth == 0 && (text == "," || text == ")");
    if (ends_term) directions.push_back(take_direction(sql, words, begin, i));
    if (ends_term && text == ")") break;
    if (ends_term) begin = i + 1;
    if (text == "(") ++depth;
    if (text == ")") --depth;
  }
  return directions;
}

void give_sort_directions(const std::vector<SortDirection>& directions, duckdb::SQLStatement& statement) {
  if (directions.empty()) return;
  if (statement.type == duckdb::StatementType::EXPLAIN_STATEMENT) {
    give_sort_directions(directions, *statement.Cast<duckdb::ExplainStatement>().stmt);
    return;
  }
  if (statement.type != duckdb::StatementType::CREATE_STATEMENT) return;
  auto& info = *statement.Cast<duckdb::CreateStatement>().info;
  if (info.type != duckdb::CatalogType::TABLE_ENTRY) return;
  auto& keys = info.Cast<duckdb::CreateTableInfo>().sort_keys;
  for (std::size_t i = 0; i < keys.size() && i < directions.size(); ++i) {
    // What is no column is refused where the table is made.
    if (keys[i]->GetExpressionClass() != duckdb::ExpressionClass::COLUMN_REF) continue;
    auto term = duckdb::make_uniq<SortTerm>(keys[i]->Cast<duckdb::ColumnRefExpression>().column_names,
                                            directions[i].ascending, directions[i].nulls_first);
    term->SetQueryLocation(keys[i]->GetQueryLocation());
    keys[i] = std::move(term);
  }
}

}  // namespace lake::tables
