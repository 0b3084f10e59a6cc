#pragma once

#include <string>
#include <string_view>

namespace lake::ingest {

/// The type as which a plain Parquet file holds values of `type` (SQL text) without loss, nested parts too.
/// HUGEINT, UHUGEINT, INTERVAL, TIME WITH TIME ZONE, BIT and BIGNUM become VARCHAR, because the writer would
/// round, cut or refuse them; a cast of their text gives the value back. Other types stay.
std::string stored_type(std::string_view type);

/// `type` with names for the parts of structs that have none, v1, v2 ... by their place: a type a table can
/// have, to which the engine casts by place. Parquet files of other programs, and those of a UNION, have such
/// structs.
std::string named_type(std::string_view type);

}  // namespace lake::ingest
