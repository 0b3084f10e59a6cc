#include "lake/blobs/content_packing.hpp"

#include <map>
#include <set>
#include <utility>

#include "lake/base/assert.hpp"

namespace lake::blobs {

void ContentPacking::add(object::SmallContent content) {
  blobs_.expect(content.bytes.size());
  add_expected(std::move(content));
}

void ContentPacking::add_expected(object::SmallContent content) {
  LAKE_ASSERT(content.bytes.size() <= object::kPackedBytesMax);
  bytes_ += content.bytes.size();
  auto name = content.sums.name();
  waiting_.push_back({std::move(content), std::move(name), {}});
}

void ContentPacking::forget() {
  blobs_.expect_no_more(bytes_);
  bytes_ = 0;
  waiting_.clear();
}

Result<std::vector<ContentPacking::Kept>> ContentPacking::store() {
  if (waiting_.empty()) return std::vector<Kept>();
  auto stored = store_lacking();
  forget();
  return stored;
}

/// Held first and asked about then: what is in the store then stays there.
Result<std::vector<ContentPacking::Kept>> ContentPacking::store_lacking() {
  std::vector<std::string> names;
  for (auto& each : waiting_) {
    if (known_.contains(each.content.sums.hash)) continue;
    each.lease = blobs_.content().leases().hold(each.name);
    names.push_back(each.name);
  }
  const auto kept = blobs_.kept(names);
  // Of what cannot be asked now because others ask so much: stored once more it takes room, and otherwise it
  // would be lost.
  const bool is_busy =
      !kept && (kept.error().code() == ErrorCode::kUnavailable || kept.error().code() == ErrorCode::kTimeout);
  if (!kept && !is_busy) return kept.error();
  std::set<std::string> is_kept;
  if (kept) is_kept.insert(kept->begin(), kept->end());
  std::map<std::string, std::size_t> packed;  // name -> its place in the pack
  std::vector<const object::SmallContent*> lacking;
  std::uint64_t lacking_bytes = 0;
  for (const auto& each : waiting_) {
    const bool is_there = is_kept.contains(each.name) || known_.contains(each.content.sums.hash);
    if (is_there || !packed.try_emplace(each.name, lacking.size()).second) continue;
    lacking.push_back(&each.content);
    lacking_bytes += each.content.bytes.size();
  }
  object::StoredPack pack;
  if (!lacking.empty()) {
    LAKE_TRY(pack, blobs_.content().store_pack(lacking));
    blobs_.note_stored(lacking_bytes);
  }
  std::vector<Kept> result;
  for (const auto& each : waiting_) {
    if (const auto place = packed.find(each.name); place != packed.end()) {
      using Leases = std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>;
      result.push_back(
          {pack.places[place->second], false, std::make_shared<const Leases>(each.lease, pack.lease)});
    } else {
      const auto before = known_.find(each.content.sums.hash);
      result.push_back({std::nullopt, true, before == known_.end() ? each.lease : before->second});
    }
  }
  for (std::size_t i = 0; i < result.size() && known_.size() < kKnownMax; ++i)
    known_.try_emplace(waiting_[i].content.sums.hash, result[i].lease);
  return result;
}

}  // namespace lake::blobs
