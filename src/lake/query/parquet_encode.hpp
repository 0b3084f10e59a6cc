#pragma once

#include "lake/query/encode.hpp"

namespace lake::query {

/// Writes the rows of `stream` as one Parquet file into `sink`, front to back, holding one row group in
/// memory. A failure leaves a file without footer, which no reader accepts. Errors: kInvalidArgument (a
/// statement without rows), the stream's, the sink's.
Status encode_parquet(ResultStream& stream, const ByteSink& sink);

}  // namespace lake::query
