#include "lake/tables/dependents.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <utility>
#include <vector>

#include "lake/engine/duckdb.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/definition_overlay.hpp"

namespace lake::tables {

namespace {

using catalog::ObjectKind;

/// A name or a piece of punctuation of an SQL text.
struct Word {
  std::string text;  // lower case, without quotes; "::" is one
  bool is_name = false;
};

bool is_letter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || (c & 0x80) != 0;
}

Word word_at(const std::string& sql, std::size_t start) {
  Word word;
  if (sql[start] == '"') {
    word.is_name = true;
    for (std::size_t i = start + 1; i < sql.size(); ++i) {
      if (sql[i] == '"') {
        ++i;
        if (i == sql.size() || sql[i] != '"') break;
      }
      word.text += sql[i];
    }
  } else if (is_letter(sql[start])) {
    word.is_name = true;
    for (std::size_t i = start; i < sql.size() && is_letter(sql[i]); ++i) word.text += sql[i];
  } else {
    word.text = sql.compare(start, 2, "::") == 0 ? "::" : std::string(1, sql[start]);
  }
  word.text = catalog::lower_ascii(word.text);
  return word;
}

std::vector<Word> words_of(const std::string& sql) {
  std::vector<Word> words;
  const auto tokens = duckdb::Parser::Tokenize(sql);
  for (const auto& token : tokens) {
    if (token.type == duckdb::SimplifiedTokenType::SIMPLIFIED_TOKEN_COMMENT) continue;
    words.push_back(word_at(sql, token.start));
  }
  return words;
}

/// Looks for uses of one macro or type in texts.
class Uses {
 public:
  Uses(const catalog::Snapshot& snapshot, const catalog::Object& object)
      : snapshot_(snapshot),
        is_type_(object.kind == ObjectKind::kType),
        schema_(catalog::lower_ascii(object.schema_name)),
        name_(catalog::lower_ascii(object.name)),
        quoted_(duckdb::StringUtil::Replace(name_, "\"", "\"\"")),
        is_default_(schema_ == DEFAULT_SCHEMA ||
                    find_object(snapshot, object.kind, DEFAULT_SCHEMA, object.name) == nullptr) {}

  [[nodiscard]] bool in(const std::string& sql) const {
    // Nearly every text: it does not hold the name at all.
    const std::string text = catalog::lower_ascii(sql);
    if (text.find(name_) == std::string::npos && text.find(quoted_) == std::string::npos) return false;
    const auto words = words_of(sql);
    std::vector<std::size_t> casts;  // parentheses around the place, as the words before them
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i].text == "(" && !words[i].is_name) casts.push_back(i);
      if (words[i].text == ")" && !words[i].is_name && !casts.empty()) casts.pop_back();
      if (!words[i].is_name || words[i].text != name_) continue;
      const bool used =
          is_type_ ? names_type(words, i, casts) : i + 1 < words.size() && words[i + 1].text == "(";
      if (used && means_this(words, i)) return true;
    }
    return false;
  }

 private:
  /// x::name, or CAST(x AS name), with or without its schema.
  static bool names_type(const std::vector<Word>& words, std::size_t place,
                         const std::vector<std::size_t>& parentheses) {
    while (place >= 2 && words[place - 1].text == ".") place -= 2;
    if (place == 0) return false;
    if (words[place - 1].text == "::") return true;
    if (words[place - 1].text != "as" || parentheses.empty() || parentheses.back() == 0) return false;
    const std::string& before = words[parentheses.back() - 1].text;
    return before == "cast" || before == "try_cast";
  }

  /// With another schema before it, it is another's; what else stands before a point is a value (x.macro()).
  [[nodiscard]] bool means_this(const std::vector<Word>& words, std::size_t place) const {
    if (place < 2 || words[place - 1].text != ".") return is_default_;
    const std::string& before = words[place - 2].text;
    if (before == schema_) return true;
    return is_default_ && !snapshot_.schemas->contains(before);
  }

  const catalog::Snapshot& snapshot_;
  const bool is_type_;
  const std::string schema_;
  const std::string name_;
  const std::string quoted_;  // as it lies between quotes
  const bool is_default_;     // what the name means when it stands alone
};

std::string dependent_in(const catalog::Table& table, const Uses& uses) {
  const std::string name = table.schema_name + "." + table.name;
  for (const catalog::Field& field : table.schema->fields) {
    if (field.default_sql && uses.in(*field.default_sql))
      return "the DEFAULT of the column " + name + "." + field.name;
  }
  const bool checked = std::any_of(table.checks.begin(), table.checks.end(),
                                   [&](const auto& check) { return uses.in(check); });
  return checked ? "a CHECK of the table " + name : std::string();
}

}  // namespace

std::string dependent_of(const catalog::Snapshot& snapshot, const catalog::Object& object,
                         const std::string& leaving) {
  const Uses uses(snapshot, object);
  const auto leaves = [gone = catalog::lower_ascii(leaving)](const std::string& schema) {
    return !gone.empty() && catalog::lower_ascii(schema) == gone;
  };
  for (const auto& [id, table] : snapshot.tables) {
    if (leaves(table->schema_name)) continue;
    if (auto found = dependent_in(*table, uses); !found.empty()) return found;
  }
  for (const auto& [key, view] : *snapshot.views) {
    if (!leaves(view->schema_name) && uses.in(view->sql))
      return "the view " + view->schema_name + "." + view->name;
  }
  for (const auto& [key, macro] : *snapshot.macros) {
    const bool is_itself = object.kind != ObjectKind::kType &&
                           key == catalog::Snapshot::Key(catalog::lower_ascii(object.schema_name),
                                                         catalog::lower_ascii(object.name));
    if (!is_itself && !leaves(macro->schema_name) && uses.in(macro->sql))
      return "the macro " + macro->schema_name + "." + macro->name;
  }
  return {};
}

void refuse_if_used(const catalog::Snapshot& snapshot, const catalog::Object& object,
                    const std::string& leaving) {
  if (object.kind == ObjectKind::kView) return;
  const std::string dependent = dependent_of(snapshot, object, leaving);
  if (dependent.empty()) return;
  engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument,
                                std::string(object.kind == ObjectKind::kType ? "the type " : "the macro ") +
                                    object.schema_name + "." + object.name + " is used by " + dependent +
                                    "; drop or change that first"));
}

}  // namespace lake::tables
