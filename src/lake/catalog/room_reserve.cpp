#include "lake/catalog/room_reserve.hpp"

#include <algorithm>
#include <vector>

namespace lake::catalog {

void RoomReserve::fill() {
  if (held_ || bytes_ == 0) return;
  const auto info = files_.stat(path_);
  held_ = info && info->bytes == bytes_;
  if (held_) return;
  held_ = static_cast<bool>(write());
  if (!held_) ignore(files_.remove_file(path_), "a part of it is given back; another time there may be room");
}

bool RoomReserve::release() {
  if (!held_) return false;
  held_ = false;
  return static_cast<bool>(files_.remove_file(path_));
}

Status RoomReserve::write() {
  constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 18U;
  const std::vector<std::byte> piece(std::min(bytes_, kPieceBytes), std::byte{0});
  LAKE_TRY(const auto file, files_.open(path_, os::OpenMode::kCreate));
  for (std::uint64_t end = 0; end < bytes_; end += piece.size()) LAKE_CHECK_OK(file->write_at(end, piece));
  LAKE_CHECK_OK(file->truncate(bytes_));  // written in whole pieces
  return file->close();
}

}  // namespace lake::catalog
