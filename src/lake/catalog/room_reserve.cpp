#include "lake/catalog/room_reserve.hpp"

#include <algorithm>
#include <vector>

namespace lake::catalog {

RoomReserve::RoomReserve(os::FileSystem& files, telemetry::Metrics& metrics, telemetry::Log* log,
                         std::string path, std::uint64_t bytes)
    : files_(files),
      log_(log),
      held_gauge_(metrics.gauge("dplake_catalog_reserve_bytes",
                                "Bytes of the disk held for commits of the catalog that free space")),
      path_(std::move(path)),
      bytes_(bytes) {}

void RoomReserve::fill() {
  if (held_ >= bytes_) return;
  if (held_ == 0) {
    const auto info = files_.stat(path_);
    held_ = info ? std::min(info->bytes, bytes_) : 0;
  }
  const Status written = held_ < bytes_ ? write(held_) : ok();
  if (written) {
    held_ = bytes_;
  } else if (!shrink(held_)) {
    held_ = 0;  // looked at again at the next attempt
  }
  tell(written ? "" : written.error().message());
}

bool RoomReserve::release() {
  if (held_ == 0) return false;
  held_ -= std::min(held_, kStepBytes);
  const bool is_given = static_cast<bool>(shrink(held_));
  tell("a commit that frees space needed it");
  return is_given;
}

/// An attempt to fill it comes with each removed file: only what is new is worth a line.
void RoomReserve::tell(std::string_view why) {
  held_gauge_.set(static_cast<std::int64_t>(held_));
  if (is_short() == told_short_) return;
  told_short_ = is_short();
  if (log_ == nullptr) return;
  if (is_short()) {
    log_->warn("catalog.reserve_short",
               {{"held_bytes", held_}, {"wanted_bytes", bytes_}, {"file", path_}, {"why", why}});
  } else {
    log_->info("catalog.reserve_filled", {{"held_bytes", held_}, {"file", path_}});
  }
}

Status RoomReserve::write(std::uint64_t begin) {
  const std::vector<std::byte> piece(std::min(bytes_, kStepBytes), std::byte{0});
  LAKE_TRY(const auto file, files_.open(path_, os::OpenMode::kCreate));
  for (std::uint64_t end = begin; end < bytes_; end += piece.size()) {
    const std::uint64_t left = bytes_ - end;
    LAKE_CHECK_OK(file->write_at(end, std::span(piece).first(std::min<std::uint64_t>(piece.size(), left))));
  }
  return file->close();
}

Status RoomReserve::shrink(std::uint64_t bytes) {
  if (bytes == 0) return files_.remove_file(path_);
  LAKE_TRY(const auto file, files_.open(path_, os::OpenMode::kCreate));
  LAKE_CHECK_OK(file->truncate(bytes));
  return file->close();
}

}  // namespace lake::catalog
