#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace lake::catalog {

struct Table;

/// The tables of one version by id, as a sorted array: copying it for the next version costs one reference
/// count for each table instead of one allocation.
class TableMap {
 public:
  using Entry = std::pair<std::uint64_t, std::shared_ptr<const Table>>;
  using Iterator = std::vector<Entry>::const_iterator;

  [[nodiscard]] Iterator begin() const { return entries_.begin(); }
  [[nodiscard]] Iterator end() const { return entries_.end(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] Iterator find(std::uint64_t id) const {
    const auto place = lower_bound(id);
    return place != end() && place->first == id ? place : end();
  }
  [[nodiscard]] bool contains(std::uint64_t id) const { return find(id) != end(); }

  /// Adds a table or replaces the one with this id.
  void put(std::uint64_t id, std::shared_ptr<const Table> table) {
    const auto place = entries_.begin() + (lower_bound(id) - entries_.cbegin());
    if (place != entries_.end() && place->first == id) {
      place->second = std::move(table);
    } else {
      entries_.emplace(place, id, std::move(table));
    }
  }
  void erase(std::uint64_t id) {
    if (const auto place = find(id); place != end()) entries_.erase(place);
  }
  void reserve(std::size_t count) { entries_.reserve(count); }

 private:
  [[nodiscard]] Iterator lower_bound(std::uint64_t id) const {
    return std::lower_bound(entries_.begin(), entries_.end(), id,
                            [](const Entry& entry, std::uint64_t key) { return entry.first < key; });
  }
  std::vector<Entry> entries_;
};

}  // namespace lake::catalog
