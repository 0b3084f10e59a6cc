#pragma once

#include "lake/codec/column_batch.hpp"

namespace lake::codec {

/// Adds all rows of `from` behind those of `to`, which has columns of the same types and no row begun.
void append_rows(ColumnBatch& to, const ColumnBatch& from);

}  // namespace lake::codec
