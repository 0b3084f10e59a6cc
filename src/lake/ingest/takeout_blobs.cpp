#include "lake/ingest/takeout_blobs.hpp"

#include <array>
#include <chrono>
#include <iterator>
#include <memory>
#include <utility>

namespace lake::ingest {

namespace {

constexpr std::uint16_t kDeflated = 8;  // zip compression method
constexpr std::size_t kKeyNameBytesMax = 900;
/// Files of one element that wait in memory until it ends; more of them go to the store at once.
constexpr std::size_t kWaitingOfElementMax = 4U << 20U;

constexpr std::array<std::pair<std::string_view, std::string_view>, 27> kTypes = {{
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"png", "image/png"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"heic", "image/heic"},
    {"avif", "image/avif"},
    {"svg", "image/svg+xml"},
    {"mp4", "video/mp4"},
    {"mov", "video/quicktime"},
    {"webm", "video/webm"},
    {"3gp", "video/3gpp"},
    {"mkv", "video/x-matroska"},
    {"mp3", "audio/mpeg"},
    {"m4a", "audio/mp4"},
    {"wav", "audio/wav"},
    {"ogg", "audio/ogg"},
    {"amr", "audio/amr"},
    {"pdf", "application/pdf"},
    {"txt", "text/plain"},
    {"csv", "text/csv"},
    {"html", "text/html"},
    {"json", "application/json"},
    {"zip", "application/zip"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
}};

}  // namespace

object::ContentPlace place_of(archive::Container& container, const archive::Entry& entry,
                              blobs::BlobStore* store) {
  const auto range = container.stored_range(entry);
  if (!range || (!entry.is_verbatim && entry.method != kDeflated)) return std::nullopt;
  std::string path = container.path();
  if (container.summary().kind == archive::ContainerKind::kFolder) path += "/" + entry.name_bytes();
  if (store != nullptr) path = store->content().kept_path(path);
  return object::ArchiveRange{std::move(path), range->offset, range->bytes, !entry.is_verbatim};
}

void BlobTaking::take(std::span<const std::byte> bytes) {
  if (copies_ == nullptr) {
    summer_.update(bytes);
  } else if (!failure_) {
    if (const auto copied = copy(bytes); !copied) failure_ = copied.error();
  }
}

Status BlobTaking::copy(std::span<const std::byte> bytes) {
  if (!incoming_) {
    if (waiting_bytes_max_ > 0 && waiting_.size() + bytes.size() <= waiting_bytes_max_) {
      waiting_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return ok();
    }
    LAKE_TRY(incoming_, copies_->begin_content());
    LAKE_CHECK_OK(incoming_->write(std::as_bytes(std::span(waiting_))));
    waiting_ = {};
  }
  return incoming_->write(bytes);
}

Result<TakenBlob> BlobTaking::finish(object::ContentLeases* leases) {
  TakenBlob taken;
  if (copies_ == nullptr) {
    taken.sums = summer_.sums();
    taken.place = std::move(place_);
    if (leases != nullptr) taken.lease = leases->hold(taken.sums.name());
    return taken;
  }
  if (failure_) return *failure_;
  if (!incoming_ && waiting_bytes_max_ > 0) {
    taken.bytes = std::move(waiting_);
    return taken;
  }
  if (!incoming_) LAKE_CHECK_OK(copy({}));
  LAKE_TRY(auto stored, incoming_->finish());
  taken.sums = std::move(stored.sums);
  taken.lease = std::move(stored.lease);
  return taken;
}

Status WaitingCopies::check_room(const object::ContentSums& sums, std::uint64_t more,
                                 const std::function<Status()>& settle) {
  LAKE_CHECK_OK(store_.check_size(sums.bytes));
  if (store_.check_room(more + sums.bytes)) return ok();
  LAKE_CHECK_OK(settle());
  if (packing_.has_stored(sums.hash)) return ok();
  LAKE_TRY(const auto kept, store_.kept(std::vector{sums.name()}));
  return kept.empty() ? store_.check_room(more + sums.bytes) : ok();
}

void WaitingCopies::add(TakenBlob& blob) {
  packing_.add({blob.sums, std::move(*blob.bytes)});
  blob.bytes.reset();
}

Status WaitingCopies::settle(
    const std::function<void(std::size_t number, blobs::ContentPacking::Kept kept)>& each) {
  LAKE_TRY(auto stored, packing_.store());
  for (std::size_t i = 0; i < stored.size(); ++i) each(i, std::move(stored[i]));
  return ok();
}

void AttachmentTaking::begin() {
  const auto left = kWaitingOfElementMax - std::min<std::uint64_t>(kWaitingOfElementMax, taken_bytes_);
  current_.emplace(&store_, std::nullopt, std::min<std::size_t>(left, object::kPackedBytesMax));
}

std::size_t AttachmentTaking::end() {
  auto taken = end_current();
  current_.reset();
  if (taken) {
    taken->taken_us = clock_.wall_micros();
    taken_.push_back(std::move(*taken));
  } else {
    failure_ = Error(taken.error().code(), std::string(kNotKept) + taken.error().message());
    taken_.emplace_back();
  }
  return taken_.size() - 1;
}

Result<TakenBlob> AttachmentTaking::end_current() {
  LAKE_TRY(auto taken, current_->finish());
  if (taken.bytes) {
    LAKE_CHECK_OK(check_room(*taken.bytes));
    taken_bytes_ += taken.bytes->size();
  }
  return taken;
}

/// Where room is short what waits is stored first, because much of it may be in the store already.
Status AttachmentTaking::check_room(const std::string& content) {
  LAKE_CHECK_OK(store_.check_size(content.size()));
  const auto more = taken_bytes_ + content.size();
  if (store_.check_room(more)) return ok();
  LAKE_CHECK_OK(settle());
  const auto hash = codec::sha256(content);
  if (packing_.has_stored(hash)) return ok();
  LAKE_TRY(const auto kept, store_.kept(std::vector{codec::hex_of(hash)}));
  return kept.empty() ? store_.check_room(more) : ok();
}

void AttachmentTaking::keep(std::size_t file, std::string key, std::string_view media_type) {
  auto& taken = taken_.at(file);
  if (taken.bytes) {
    store_.expect(taken.bytes->size());
    kept_.bytes += taken.bytes->size();
    kept_.small.push_back(kept_.blobs.size());
    kept_.contents.push_back(std::move(*taken.bytes));
    taken.bytes.reset();
  }
  kept_.blobs.push_back(
      {{std::string(kTakeoutBucket), std::move(key)},
       std::move(taken.sums),
       std::nullopt,
       blobs::is_media_type(media_type) ? std::string(media_type) : "application/octet-stream",
       taken.taken_us,
       std::move(taken.lease),
       false,
       false});
}

void AttachmentTaking::forget() {
  taken_.clear();
  taken_bytes_ = 0;
  failure_.reset();
}

AttachmentTaking::~AttachmentTaking() {
  beside_.reset();
  store_.expect_no_more(kept_.bytes);
}

Result<std::vector<blobs::ImportedBlob>> AttachmentTaking::store(Kept kept) {
  const std::vector<std::string_view> contents(kept.contents.begin(), kept.contents.end());
  auto sums = object::sums_of_each(contents);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    kept.blobs[kept.small[i]].sums = sums[i];
    packing_.add_expected({std::move(sums[i]), std::move(kept.contents[i])});
  }
  LAKE_TRY(auto stored, packing_.store());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    auto& blob = kept.blobs[kept.small[i]];
    blob.place = std::move(stored[i].place);
    blob.is_placed = stored[i].is_placed;
    blob.lease = std::move(stored[i].lease);
  }
  return std::move(kept.blobs);
}

void AttachmentTaking::note_lost(const Error& error) {
  lost_ = Error(error.code(), std::string(kNotKept) + error.message());
}

Status AttachmentTaking::settle() {
  LAKE_CHECK_OK(settled());
  auto stored = store(std::exchange(kept_, {}));
  if (!stored) {
    note_lost(stored.error());
    return *lost_;
  }
  std::move(stored->begin(), stored->end(), std::back_inserter(stored_));
  return ok();
}

void AttachmentTaking::settle_beside(Then then) {
  if (!beside_) beside_.emplace();
  auto kept = std::make_shared<Kept>(std::exchange(kept_, {}));
  auto before = std::make_shared<std::vector<blobs::ImportedBlob>>(std::exchange(stored_, {}));
  beside_->begin([this, kept, before, then = std::move(then)]() -> Status {
    auto stored = store(std::move(*kept));
    if (!stored) {
      lost_beside_ = stored.error();
      return stored.error();
    }
    std::move(stored->begin(), stored->end(), std::back_inserter(*before));
    return then(std::move(*before));
  });
}

Status AttachmentTaking::settled() {
  constexpr std::chrono::milliseconds kLook{1000};
  if (beside_ && beside_->is_busy()) {
    auto outcome = beside_->outcome(kLook);
    while (!outcome) outcome = beside_->outcome(kLook);
    if (lost_beside_) note_lost(*std::exchange(lost_beside_, std::nullopt));
    if (!lost_) LAKE_CHECK_OK(*outcome);
  }
  if (lost_) return *lost_;
  return ok();
}

std::string blob_key_of(std::int64_t entry_id, const std::string& name) {
  std::string key = std::to_string(entry_id) + "/" + name;
  for (char& c : key) {
    if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = '_';
  }
  if (key.size() <= kKeyNameBytesMax) return key;
  std::size_t end = kKeyNameBytesMax;
  while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0U) == 0x80U) --end;
  return key.substr(0, end);
}

std::string content_type_of(const std::string& name) {
  const auto dot = name.rfind('.');
  std::string ending = dot == std::string::npos ? std::string() : name.substr(dot + 1);
  for (char& c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  for (const auto& [known, type] : kTypes) {
    if (ending == known) return std::string(type);
  }
  return "application/octet-stream";
}

}  // namespace lake::ingest
