#pragma once

#include "lake/catalog/model.hpp"
#include "lake/engine/duckdb.hpp"

namespace lake::tables {

/// Refuses rows with a text that is not UTF-8, before anything of them is kept: functions can make one
/// (regexp_extract('ä', '\C')), and nobody could read what was stored with it. `chunk` begins with the
/// columns of `schema`. Throws kInvalidArgument that names column and text. Cost: one look at the bytes of
/// texts.
void check_texts(const catalog::Schema& schema, duckdb::DataChunk& chunk);

}  // namespace lake::tables
