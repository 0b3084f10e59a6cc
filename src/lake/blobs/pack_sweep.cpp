#include "lake/blobs/pack_sweep.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace lake::blobs {

namespace {

constexpr std::size_t kPacksAtOnce = 1000;

Result<std::string> read_whole(object::ContentStore& store, const PlacedContent& content) {
  LAKE_TRY(const auto reader, store.read(content.sums, content.place, 0, content.sums.bytes));
  std::string bytes;
  while (true) {
    LAKE_TRY(const auto piece, reader->next());
    if (piece.empty()) return bytes;
    bytes.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  }
}

}  // namespace

Status PackSweep::run(std::int64_t before_us) {
  std::vector<Pack> old;
  LAKE_CHECK_OK(
      content_.list_packs([&](const std::string& place, const object::ObjectInfo& object) -> Status {
        if (object.modified_micros > before_us) return ok();
        old.push_back({place, object.bytes});
        return old.size() < kPacksAtOnce ? ok() : settle(std::exchange(old, {}));
      }));
  return settle(old);
}

/// Condemned first and asked about then, so that no import begins to use the pack in between.
Status PackSweep::settle(const std::vector<Pack>& packs) {
  LAKE_TRY(const auto sparse, remove_unused(packs));
  // Each by itself: what is written may be a pack that an earlier sweep left behind, and would wait for ever
  // if that were condemned here.
  for (const auto& place : sparse) {
    const auto condemned = content_.leases().condemn({place});
    if (!condemned->names().empty()) LAKE_CHECK_OK(write_anew(place));
  }
  return ok();
}

Result<std::vector<std::string>> PackSweep::remove_unused(const std::vector<Pack>& packs) {
  std::vector<std::string> sparse;
  if (packs.empty()) return sparse;
  std::vector<std::string> places;
  for (const auto& pack : packs) places.push_back(pack.place);
  const auto condemned = content_.leases().condemn(places);
  const std::set<std::string> free(condemned->names().begin(), condemned->names().end());
  LAKE_TRY(const auto used, tables_.used_bytes(condemned->names()));
  for (const auto& pack : packs) {
    if (!free.contains(pack.place)) continue;
    const auto part = used.find(pack.place);
    if (part == used.end()) {
      if (const auto removed = content_.remove_pack(pack.place); !removed) {
        note(removed.error());
        continue;
      }
      ++packs_;
      bytes_ += pack.bytes;
    } else if (part->second < pack.bytes / 2) {
      sparse.push_back(pack.place);
    }
  }
  return sparse;
}

Status PackSweep::write_anew(const std::string& place) {
  LAKE_TRY(auto contents, tables_.contents_of(place));
  // Imports at the same time may have told of one content twice.
  contents.erase(std::unique(contents.begin(), contents.end(),
                             [](const PlacedContent& a, const PlacedContent& b) {
                               return a.sums.hash == b.sums.hash && a.place == b.place;
                             }),
                 contents.end());
  const auto kept = read_all(contents);
  if (!kept) return ok();
  std::vector<const object::SmallContent*> all;
  for (const auto& each : *kept) all.push_back(&each);
  // All of it, in a file that is longer than what was written to it: nothing would become of it.
  if (all.empty() || object::pack_place_of(all) == place) return ok();
  const auto pack = content_.store_pack(all);
  if (!pack) {
    note(pack.error());
    return ok();
  }
  for (std::size_t i = 0; i < contents.size(); ++i) contents[i].place = pack->places[i];
  return tables_.move_contents(place, contents);
}

/// Damage is a scrub's to tell.
std::optional<std::vector<object::SmallContent>> PackSweep::read_all(
    const std::vector<PlacedContent>& contents) {
  std::vector<object::SmallContent> kept;
  kept.reserve(contents.size());
  for (const auto& each : contents) {
    auto bytes = read_whole(content_, each);
    if (!bytes) {
      if (bytes.error().code() != ErrorCode::kCorruption) note(bytes.error());
      return std::nullopt;
    }
    kept.push_back({each.sums, std::move(*bytes)});
  }
  return kept;
}

void PackSweep::note(const Error& failure) {
  if (!failure_) failure_ = failure;
}

}  // namespace lake::blobs
