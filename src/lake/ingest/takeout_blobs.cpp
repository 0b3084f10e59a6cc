#include "lake/ingest/takeout_blobs.hpp"

#include <array>
#include <utility>

namespace lake::ingest {

namespace {

constexpr std::uint16_t kDeflated = 8;  // zip compression method
constexpr std::size_t kKeyNameBytesMax = 900;

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

std::size_t AttachmentTaking::end() {
  auto taken = current_->finish();
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

void AttachmentTaking::keep(std::size_t file, std::string key, std::string_view media_type) {
  auto& taken = taken_.at(file);
  kept_.push_back({{std::string(kTakeoutBucket), std::move(key)},
                   std::move(taken.sums),
                   std::nullopt,
                   blobs::is_media_type(media_type) ? std::string(media_type) : "application/octet-stream",
                   taken.taken_us,
                   std::move(taken.lease),
                   false});
}

void AttachmentTaking::forget() {
  taken_.clear();
  failure_.reset();
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
