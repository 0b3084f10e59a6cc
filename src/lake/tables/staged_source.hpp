#pragma once

namespace lake::tables {

/// The table function that gives rows made outside SQL (query/staged_rows.hpp). One thread gives them, so an
/// INSERT of nothing else keeps their order at no cost.
inline constexpr const char* kStagedRowsFunction = "lake_staged";

}  // namespace lake::tables
