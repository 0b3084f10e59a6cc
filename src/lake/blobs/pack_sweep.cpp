#include "lake/blobs/pack_sweep.hpp"

#include <algorithm>
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
  return settle(std::move(old));
}

/// Condemned first and asked about then, so that no import begins to use the pack in between.
Status PackSweep::settle(std::vector<Pack> packs) {
  if (packs.empty()) return ok();
  std::vector<std::string> places;
  for (const auto& pack : packs) places.push_back(pack.place);
  const auto condemned = content_.leases().condemn(places);
  LAKE_TRY(const auto used, tables_.used_bytes(condemned->names()));
  for (const auto& pack : packs) {
    const auto& free = condemned->names();
    if (std::find(free.begin(), free.end(), pack.place) == free.end()) continue;
    const auto part = used.find(pack.place);
    if (part == used.end()) {
      LAKE_CHECK_OK(content_.remove_pack(pack.place));
      ++packs_;
      bytes_ += pack.bytes;
    } else if (part->second < pack.bytes / 2) {
      LAKE_CHECK_OK(write_anew(pack.place));
    }
  }
  return ok();
}

Status PackSweep::write_anew(const std::string& place) {
  LAKE_TRY(auto contents, tables_.contents_of(place));
  std::vector<object::SmallContent> kept;
  for (const auto& each : contents) {
    auto bytes = read_whole(content_, each);
    if (!bytes && bytes.error().code() == ErrorCode::kCorruption) return ok();
    if (!bytes) return bytes.error();
    kept.push_back({each.sums, std::move(*bytes)});
  }
  std::vector<const object::SmallContent*> all;
  for (const auto& each : kept) all.push_back(&each);
  LAKE_TRY(const auto pack, content_.store_pack(all));
  for (std::size_t i = 0; i < contents.size(); ++i) contents[i].place = pack.places[i];
  return tables_.move_contents(place, contents);
}

}  // namespace lake::blobs
