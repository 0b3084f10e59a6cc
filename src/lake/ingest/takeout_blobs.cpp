#include "lake/ingest/takeout_blobs.hpp"

#include <array>
#include <utility>

#include "lake/base/assert.hpp"

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
    LAKE_TRY(incoming_, copies_->begin_content());
  }
  return incoming_->write(bytes);
}

Result<TakenBlob> BlobTaking::finish() {
  if (copies_ == nullptr) return TakenBlob{summer_.sums(), std::move(place_), {}, 0};
  if (!failure_ && !incoming_) take({});
  if (failure_) return *failure_;
  LAKE_TRY(auto stored, incoming_->finish());
  return TakenBlob{std::move(stored.sums), std::nullopt, std::move(stored.lease), 0};
}

void AttachmentTaking::take(std::string_view bytes) {
  if (!current_->large) {
    if (taken_bytes_ + current_->bytes.size() + bytes.size() <= kWaitingOfElementMax &&
        current_->bytes.size() + bytes.size() <= object::kPackedBytesMax) {
      current_->bytes += bytes;
      return;
    }
    current_->large.emplace(&store_, std::nullopt);
    const auto begun = std::exchange(current_->bytes, {});
    current_->large->take(std::as_bytes(std::span(begun)));
  }
  current_->large->take(std::as_bytes(std::span(bytes)));
}

std::size_t AttachmentTaking::end() {
  auto taken = end_current();
  current_.reset();
  if (taken) {
    taken->blob.taken_us = clock_.wall_micros();
    taken_.push_back(std::move(*taken));
  } else {
    failure_ = Error(taken.error().code(), std::string(kNotKept) + taken.error().message());
    taken_.emplace_back();
  }
  return taken_.size() - 1;
}

Result<AttachmentTaking::Taken> AttachmentTaking::end_current() {
  if (current_->large) {
    LAKE_TRY(auto blob, current_->large->finish());
    return Taken{std::move(blob), std::nullopt};
  }
  object::ContentSummer summer;
  summer.update(std::as_bytes(std::span(current_->bytes)));
  auto sums = summer.sums();
  LAKE_CHECK_OK(check_room(sums));
  taken_bytes_ += current_->bytes.size();
  return Taken{{std::move(sums), std::nullopt, {}, 0}, std::move(current_->bytes)};
}

/// What waits, and this, may be in the store already and take no room: that is asked only where room is
/// short.
Status AttachmentTaking::check_room(const object::ContentSums& sums) {
  LAKE_CHECK_OK(store_.check_size(sums.bytes));
  const auto room = store_.check_room(taken_bytes_ + sums.bytes);
  if (room) return room;
  LAKE_CHECK_OK(settle());
  if (packing_.has_stored(sums.hash)) return ok();
  LAKE_TRY(const auto kept, store_.kept(std::vector{sums.name()}));
  return kept.empty() ? store_.check_room(taken_bytes_ + sums.bytes) : ok();
}

void AttachmentTaking::keep(std::size_t file, std::string key, std::string_view media_type) {
  auto& taken = taken_.at(file);
  if (taken.bytes) {
    packed_.push_back(kept_.size());
    packing_.add({taken.blob.sums, std::move(*taken.bytes)});
  }
  kept_.push_back({{std::string(kTakeoutBucket), std::move(key)},
                   std::move(taken.blob.sums),
                   std::nullopt,
                   blobs::is_media_type(media_type) ? std::string(media_type) : "application/octet-stream",
                   taken.blob.taken_us,
                   std::move(taken.blob.lease),
                   false,
                   false});
}

void AttachmentTaking::forget() {
  taken_.clear();
  taken_bytes_ = 0;
  failure_.reset();
}

Status AttachmentTaking::settle() {
  if (lost_) return *lost_;
  auto stored = packing_.store();
  if (!stored) {
    lost_ = Error(stored.error().code(), std::string(kNotKept) + stored.error().message());
    return *lost_;
  }
  for (std::size_t i = 0; i < stored->size(); ++i) {
    auto& blob = kept_.at(packed_.at(i));
    blob.place = std::move((*stored)[i].place);
    blob.is_placed = (*stored)[i].is_placed;
    blob.lease = std::move((*stored)[i].lease);
  }
  packed_.clear();
  return ok();
}

std::vector<blobs::ImportedBlob> AttachmentTaking::kept() {
  LAKE_ASSERT(packed_.empty());
  return std::exchange(kept_, {});
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
