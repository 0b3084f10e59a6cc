#include <cstdint>
#include <string>

#include "lake/catalog/file_stats.hpp"

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

// Any bytes at all: refused, or readable in full, found by id and packed again to statistics that are equal.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using lake::catalog::FileStats;
  const auto stats = FileStats::parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!stats) {
    require(stats.error().code() == lake::ErrorCode::kCorruption);
    return 0;
  }
  const auto columns = stats->columns();
  require(columns.size() == stats->size());
  for (const auto& column : columns) {
    const auto found = stats->find(column.field_id);
    require(found.has_value() && found->value_count == column.value_count && found->lower == column.lower &&
            found->upper == column.upper);
  }
  require(FileStats(columns).columns() == columns);
  return 0;
}
