#include "lake/config/toml_entries.hpp"

#define TOML_EXCEPTIONS 0
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace lake::config {
namespace {

TomlEntry entry_of(std::string key, const toml::node& node) {
  TomlEntry entry;
  entry.key = std::move(key);
  entry.line = node.source().begin.line;
  if (const auto* text = node.as_string()) {
    entry.kind = TomlEntry::Kind::kText;
    entry.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    entry.kind = TomlEntry::Kind::kInteger;
    entry.text = std::to_string(integer->get());
  } else if (const auto* boolean = node.as_boolean()) {
    entry.kind = TomlEntry::Kind::kBoolean;
    entry.text = boolean->get() ? "true" : "false";
  } else if (const auto* array = node.as_array()) {
    entry.kind = TomlEntry::Kind::kTexts;
    for (const auto& item : *array) {
      if (const auto* text_item = item.as_string()) {
        entry.texts.push_back(text_item->get());
      } else {
        entry.kind = TomlEntry::Kind::kOther;
      }
    }
  }
  return entry;
}

/// Depth is bounded by the parser.
void flatten(const toml::table& table, const std::string& prefix, std::vector<TomlEntry>& entries) {
  for (const auto& [name, node] : table) {
    std::string key = prefix;
    if (!key.empty()) key.push_back('.');
    key += name.str();
    if (const auto* inner = node.as_table()) {
      flatten(*inner, key, entries);
    } else {
      entries.push_back(entry_of(std::move(key), node));
    }
  }
}

}  // namespace

Result<std::vector<TomlEntry>> toml_entries(std::string_view text) {
  const toml::parse_result result = toml::parse(text);
  if (!result) {
    const auto& error = result.error();
    return Error(ErrorCode::kInvalidArgument, "line " + std::to_string(error.source().begin.line) + ": " +
                                                  std::string(error.description()));
  }
  std::vector<TomlEntry> entries;
  flatten(result.table(), "", entries);
  return entries;
}

}  // namespace lake::config
