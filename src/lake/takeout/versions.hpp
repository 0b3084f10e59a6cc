#pragma once

#include <cstdint>
#include <vector>

#include "lake/takeout/entry_sink.hpp"

namespace lake::takeout {

/// The rows of one table of a batch, split so that no key occurs twice in a group: the first group has the
/// first version of each key, the next ones further versions of keys that came with other content. Rows that
/// repeat an earlier one in every own column are in no group. Comparing is exact, not by hash.
struct RowVersions {
  std::vector<std::vector<std::uint32_t>> groups;
  std::vector<std::uint32_t> repeats;
};
RowVersions versions_in(const Batch::TableRows& table);

/// Puts rows, which are rising, into the order of a table's files, so that the engine need not: by the key's
/// first column, NULLs last. Where that holds no whole numbers it leaves the rows as they are.
void put_in_order(const Batch::TableRows& table, std::vector<std::uint32_t>& rows);

}  // namespace lake::takeout
