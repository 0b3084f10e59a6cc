#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lake::ingest {

/// Which products of an export are wanted, by the names people use ("location", "chrome", "mail") or by the
/// folder in the export ("Chrome", "Location History"). Letters' case does not matter.
struct ProductSelection {
  std::vector<std::string> include;  // empty = all
  std::vector<std::string> exclude;  // wins

  [[nodiscard]] bool is_all() const { return include.empty() && exclude.empty(); }
  /// `product`: what people call it, empty while it is unknown; `folder`: of the entry.
  [[nodiscard]] bool wants(std::string_view product, std::string_view folder) const;
  /// False when no content of an entry in this folder can change that it is left out.
  [[nodiscard]] bool may_want_folder(std::string_view folder) const;
};

}  // namespace lake::ingest
