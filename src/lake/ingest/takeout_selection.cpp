#include "lake/ingest/takeout_selection.hpp"

#include <algorithm>

namespace lake::ingest {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool names(const std::vector<std::string>& list, std::string_view name) {
  if (name.empty()) return false;
  return std::any_of(list.begin(), list.end(), [name](const std::string& each) {
    return std::equal(each.begin(), each.end(), name.begin(), name.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
  });
}

}  // namespace

bool ProductSelection::wants(std::string_view product, std::string_view folder) const {
  if (names(exclude, product) || names(exclude, folder)) return false;
  return include.empty() || names(include, product) || names(include, folder);
}

bool ProductSelection::may_want_folder(std::string_view folder) const { return !names(exclude, folder); }

}  // namespace lake::ingest
