#include "lake/catalog/room_reserve.hpp"

#include <algorithm>
#include <vector>

namespace lake::catalog {

void RoomReserve::fill() {
  if (held_ >= bytes_) return;
  if (held_ == 0) {
    const auto info = files_.stat(path_);
    held_ = info ? std::min(info->bytes, bytes_) : 0;
    if (held_ == bytes_) return;
  }
  if (write(held_)) {
    held_ = bytes_;
  } else if (!shrink(held_)) {
    held_ = 0;  // looked at again at the next attempt
  }
}

bool RoomReserve::release() {
  if (held_ == 0) return false;
  held_ -= std::min(held_, kStepBytes);
  return static_cast<bool>(shrink(held_));
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
