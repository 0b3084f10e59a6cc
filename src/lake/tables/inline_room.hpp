#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "lake/base/result.hpp"
#include "lake/catalog/model.hpp"
#include "lake/tables/lake.hpp"

namespace lake::tables {

/// A bound on inline rows that a table has reached.
struct InlineBound {
  std::string setting;     // its name
  std::string use;         // "512 commits of at most 400"
  bool lake_wide = false;  // all tables together, not this one
};

/// The bound on bytes, commits or age that the inline rows of `table` have reached at `percent` of it; absent
/// when there is room. Inline rows of all tables count too, when the lake has a bound on them.
std::optional<InlineBound> inline_bound_reached(const catalog::Snapshot& lake, const catalog::Table& table,
                                                std::int64_t now_micros, const TableOptions& options,
                                                std::uint64_t percent);

/// Called before rows are added to a table's segment: when a bound is reached, has the table flushed and
/// waits for it, at most TableOptions::flush_wait_max. Errors: kResourceExhausted, which says which bound,
/// why it was not flushed, and what to do.
Status make_inline_room(Lake& lake, catalog::TableId table, const std::function<bool()>& cancelled);

/// Called after rows were added: asks upkeep for a flush when it is time.
void ask_for_flush(Lake& lake, const catalog::Snapshot& after, catalog::TableId table);

}  // namespace lake::tables
