#include "lake/upkeep/plan.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace lake::upkeep {
namespace {

std::uint64_t deleted_rows(const catalog::Table& table, catalog::FileId file) {
  const auto found = table.deletes->find(file);
  return found == table.deletes->end() ? 0 : found->second->cardinality();
}

}  // namespace

std::vector<std::vector<catalog::FileId>> compaction_groups(const catalog::Table& table,
                                                            const UpkeepOptions& options, bool by_hand) {
  using Partition = std::pair<std::int32_t, std::vector<std::optional<std::string>>>;
  std::map<Partition, std::vector<const catalog::DataFile*>> small;
  std::vector<std::vector<catalog::FileId>> groups;
  for (const auto& file : *table.files) {
    const std::uint64_t deleted = deleted_rows(table, file->file_id);
    const bool thinned = by_hand ? deleted > 0
                                 : static_cast<double>(deleted) >
                                       options.deleted_share_max * static_cast<double>(file->row_count);
    const bool old_layout =
        file->spec_id != table.spec_id || (table.order_id != 0 && file->order_id != table.order_id);
    // half the target: merging two files never gives one that is merged again at once
    if (file->bytes < options.file_bytes_target / 2) {
      small[{file->spec_id, file->partition}].push_back(file.get());
    } else if (thinned || (by_hand && old_layout)) {
      groups.push_back({file->file_id});
    }
  }
  for (const auto& [partition, files] : small) {
    const bool any_thinned = std::any_of(files.begin(), files.end(), [&](const auto* file) {
      const auto deleted = static_cast<double>(deleted_rows(table, file->file_id));
      return by_hand ? deleted > 0
                     : deleted > options.deleted_share_max * static_cast<double>(file->row_count);
    });
    const bool any_old_layout = by_hand && std::any_of(files.begin(), files.end(), [&](const auto* file) {
                                  return file->spec_id != table.spec_id || file->order_id != table.order_id;
                                });
    const std::uint64_t enough = by_hand ? 2 : options.small_files_min;
    if (files.size() < enough && !any_thinned && !any_old_layout) continue;
    std::vector<catalog::FileId> group;
    std::uint64_t bytes = 0;
    for (const auto* file : files) {
      if (!group.empty() && bytes + file->bytes > options.merge_bytes_max) {
        groups.push_back(std::exchange(group, {}));
        bytes = 0;
      }
      group.push_back(file->file_id);
      bytes += file->bytes;
    }
    if (group.size() > 1 || any_thinned || any_old_layout) groups.push_back(std::move(group));
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& left, const auto& right) { return left.size() > right.size(); });
  return groups;
}

}  // namespace lake::upkeep
