#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "lake/catalog/model.hpp"

namespace lake::upkeep {

/// When upkeep acts. All bounds are per table unless said otherwise; those on inline rows are
/// tables::TableOptions.
struct UpkeepOptions {
  std::chrono::milliseconds interval{5000};  // between rounds of the background thread
  std::uint64_t file_bytes_target = 128ULL << 20U;
  std::uint64_t small_files_min = 8;            // this many small files are worth a merge
  std::uint64_t merge_bytes_max = 1ULL << 30U;  // read by one merge at most
  double deleted_share_max = 0.3;               // a file with more deleted rows is rewritten
  std::chrono::microseconds expire_age{std::chrono::hours(24 * 7)};
  std::uint64_t versions_kept_min = 100;  // lake-wide
  std::chrono::microseconds orphan_grace{std::chrono::hours(24)};
};

/// Groups of files to merge or rewrite, most rewarding first; empty when the table is in order. A group stays
/// within one partition, is in file id order and reads at most merge_bytes_max. `by_hand`: two small files
/// are enough for a merge, and any deleted row for a rewrite.
std::vector<std::vector<catalog::FileId>> compaction_groups(const catalog::Table& table,
                                                            const UpkeepOptions& options, bool by_hand);

}  // namespace lake::upkeep
