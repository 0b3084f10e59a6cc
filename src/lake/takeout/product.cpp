#include "lake/takeout/product.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "lake/takeout/file_products.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

/// The root folder as the languages seen spell it.
constexpr std::array<std::string_view, 1> kRoots = {"Takeout"};

}  // namespace

std::string_view path_in_export(std::string_view name) {
  for (const auto root : kRoots) {
    if (name.size() > root.size() && name.starts_with(root) && name[root.size()] == '/')
      return name.substr(root.size() + 1);
  }
  return name;
}

std::string_view product_folder(std::string_view name) {
  name = path_in_export(name);
  const auto slash = name.find('/');
  return slash == std::string_view::npos ? std::string_view() : name.substr(0, slash);
}

std::string_view file_name(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string_view stem(std::string_view name) {
  name = file_name(name);
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

std::string extension(std::string_view name) {
  name = file_name(name);
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  std::string text(name.substr(dot + 1));
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string_view name_of(Certainty certainty) {
  switch (certainty) {
    case Certainty::kNone:
      return "";
    case Certainty::kGeneric:
      return "generic";
    case Certainty::kName:
      return "name";
    case Certainty::kShape:
      return "shape";
    case Certainty::kContent:
      return "content";
  }
  return "";
}

std::span<const Product* const> products() {
  static const auto all = [] {
    std::vector<const Product*> found(std::begin(kProducts), std::end(kProducts));
    found.insert(found.end(), std::begin(kFileProducts), std::end(kFileProducts));
    return found;
  }();
  return all;
}

const Product* product_for(const EntryHead& head, Certainty& by) {
  const Product* best = nullptr;
  by = Certainty::kNone;
  for (const auto* product : products()) {
    const auto certainty = product->recognise(head);
    if (certainty <= by) continue;
    by = certainty;
    best = product;
  }
  return best;
}

std::span<const TableSpec* const> all_tables() {
  static const auto tables = [] {
    std::vector<const TableSpec*> found;
    for (const auto* product : products()) {
      for (const auto* table : product->tables) {
        if (std::find(found.begin(), found.end(), table) == found.end()) found.push_back(table);
      }
    }
    return found;
  }();
  return tables;
}

}  // namespace lake::takeout
