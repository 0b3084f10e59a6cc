#include "lake/ingest/definition_order.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>

namespace lake::ingest {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The names in a text of SQL, in lower case.
struct Names {
  std::set<std::string> called;   // a parenthesis follows
  std::set<std::string> named;    // none does
  std::set<std::string> sources;  // of those, what stands behind FROM or JOIN

  explicit Names(std::string_view sql) { read(sql); }

 private:
  void read(std::string_view sql) {
    for (std::size_t at = 0; at < sql.size();) {
      if (sql[at] == '\'') {
        // Functions take the names of tables as texts.
        const std::size_t end = std::min(sql.find('\'', at + 1), sql.size());
        Names inside{std::string_view()};
        inside.read_words(sql.substr(at + 1, end - at - 1));
        named.merge(inside.named);
        named.merge(inside.called);
        before_.clear();
        at = end + 1;
      } else if (sql[at] == '"') {
        at = quoted(sql, at);
      } else if (in_word(sql[at])) {
        at = word(sql, at);
      } else {
        // Of a qualified name, or of a join that FROM opens a parenthesis for, the next word is the name.
        if (sql[at] != ' ' && sql[at] != '\n' && sql[at] != '.' && sql[at] != '(') before_.clear();
        ++at;
      }
    }
  }

  void read_words(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) at = in_word(text[at]) ? word(text, at) : at + 1;
  }

  std::size_t word(std::string_view sql, std::size_t begin) {
    std::size_t end = begin;
    while (end < sql.size() && in_word(sql[end])) ++end;
    const std::string name = lower(sql.substr(begin, end - begin));
    add(name, sql, end);
    if (name == "from" || name == "join") before_ = name;
    return end;
  }

  /// A quote within the name is doubled.
  std::size_t quoted(std::string_view sql, std::size_t begin) {
    std::string name;
    std::size_t at = begin + 1;
    for (; at < sql.size(); ++at) {
      if (sql[at] == '"' && (at + 1 == sql.size() || sql[at + 1] != '"')) break;
      if (sql[at] == '"') ++at;
      name += sql[at];
    }
    ++at;
    add(lower(name), sql, std::min(at, sql.size()));
    return at;
  }

  void add(const std::string& name, std::string_view sql, std::size_t end) {
    const auto next = sql.find_first_not_of(" \n\t", end);
    const char follows = next == std::string_view::npos ? '\0' : sql[next];
    if (follows == '(') {
      called.insert(name);
    } else {
      named.insert(name);
      if (!before_.empty()) sources.insert(name);
    }
    if (follows != '.') before_.clear();
  }

  std::string before_;  // FROM or JOIN, while the name it stands before is read
};

/// For each definition those it uses, by their places.
struct Uses {
  std::set<std::size_t> any;
  std::set<std::size_t> sure;
};

std::vector<Uses> uses_of(const std::vector<Definition>& definitions) {
  std::map<std::string, std::vector<std::size_t>> macros;
  std::map<std::string, std::vector<std::size_t>> relations;
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    auto& places = definitions[i].kind == DefinitionKind::kMacro ? macros : relations;
    places[lower(definitions[i].name.table)].push_back(i);
  }
  std::vector<Uses> uses(definitions.size());
  for (std::size_t i = 0; i < definitions.size(); ++i) {
    const Names names(definitions[i].sql);
    const auto add = [&](const auto& known, const auto& found, std::set<std::size_t>& used) {
      for (const auto& name : found) {
        const auto places = known.find(name);
        if (places != known.end()) used.insert(places->second.begin(), places->second.end());
      }
      used.erase(i);
    };
    add(macros, names.called, uses[i].any);
    add(macros, names.called, uses[i].sure);
    // A table takes defaults and checks from macros, and nothing from other tables.
    if (definitions[i].kind == DefinitionKind::kTable) continue;
    add(relations, names.named, uses[i].any);
    add(relations, names.sources, uses[i].sure);
  }
  return uses;
}

}  // namespace

std::vector<Definition> in_order_of_use(std::vector<Definition> definitions) {
  const auto uses = uses_of(definitions);
  std::vector<bool> made(definitions.size(), false);
  const auto all_made = [&](const std::set<std::size_t>& used) {
    return std::all_of(used.begin(), used.end(), [&](std::size_t place) { return made[place]; });
  };
  std::vector<std::size_t> waiting(definitions.size());
  for (std::size_t i = 0; i < waiting.size(); ++i) waiting[i] = i;
  std::vector<Definition> ordered;
  while (!waiting.empty()) {
    auto next = std::find_if(waiting.begin(), waiting.end(),
                             [&](std::size_t place) { return all_made(uses[place].any); });
    if (next == waiting.end()) {
      next = std::find_if(waiting.begin(), waiting.end(),
                          [&](std::size_t place) { return all_made(uses[place].sure); });
    }
    if (next == waiting.end()) next = waiting.begin();
    made[*next] = true;
    ordered.push_back(std::move(definitions[*next]));
    waiting.erase(next);
  }
  return ordered;
}

}  // namespace lake::ingest
