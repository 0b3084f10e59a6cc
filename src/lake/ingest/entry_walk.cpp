#include "lake/ingest/entry_walk.hpp"

#include <algorithm>
#include <utility>

namespace lake::ingest {

Result<EntryWalk> EntryWalk::begin(archive::Container& container) {
  const auto& summary = container.summary();
  const bool takes_turns = summary.kind == archive::ContainerKind::kZip && !summary.salvaged;
  EntryWalk walk;
  // Rows first: what can be queried is what people wait for.
  for (const bool is_verbatim : {false, true}) {
    LAKE_TRY(auto cursor, container.entries());
    walk.lanes_.push_back({.cursor = std::move(cursor),
                           .is_verbatim = takes_turns ? std::optional(is_verbatim) : std::nullopt});
    if (!takes_turns) break;
  }
  return walk;
}

Result<std::optional<archive::Entry>> EntryWalk::next() {
  if (lanes_[turn_].is_ended) change_turn();
  auto& lane = lanes_[turn_];
  while (!lane.is_ended) {
    auto entry = lane.cursor->next();
    lane.is_ended = !entry || !*entry;
    if (!entry) return std::move(entry).error();
    if (lane.is_ended) return is_ended() ? std::move(entry) : next();
    if (lane.is_verbatim.value_or((*entry)->is_verbatim) == (*entry)->is_verbatim) return entry;
  }
  return std::optional<archive::Entry>();
}

bool EntryWalk::is_ended() const {
  return std::ranges::all_of(lanes_, [](const Lane& lane) { return lane.is_ended; });
}

}  // namespace lake::ingest
