#include <cstdint>
#include <memory>
#include <string>

#include "lake/tables/segment_codec.hpp"

// Any bytes at all: the decoder returns rows or kCorruption, never reads outside them and never allocates
// without bound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  lake::catalog::SegmentChunk chunk;
  chunk.row_count = static_cast<std::uint32_t>(data[0] | (data[1] << 8));
  chunk.first_row_id = 7;
  chunk.begin = 3;
  chunk.bytes = std::make_shared<const std::string>(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::vector<lake::catalog::Field> fields;
  const auto rows = lake::tables::decode_rows(chunk, fields);
  if (rows && (*rows)->Count() != chunk.row_count) __builtin_trap();
  return 0;
}
