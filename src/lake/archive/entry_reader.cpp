#include "lake/archive/entry_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lake/base/assert.hpp"

namespace lake::archive {

std::string_view name_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::kFile:
      return "file";
    case EntryKind::kDirectory:
      return "directory";
    case EntryKind::kSymlink:
      return "symlink";
    case EntryKind::kHardlink:
      return "hardlink";
    case EntryKind::kDevice:
      return "device";
    case EntryKind::kFifo:
      return "fifo";
    case EntryKind::kSpecial:
      return "special";
  }
  return "special";
}

void Entry::set_name(EntryName decoded, std::string_view stored) {
  name = std::move(decoded.text);
  name_origin = decoded.origin;
  stored_name = stored == name ? std::string() : std::string(stored);
}

telemetry::Counter& content_counter(telemetry::Metrics& metrics) {
  return metrics.counter("dplake_archive_content_bytes_total",
                         "Content read from entries of archives and folders");
}

Result<std::size_t> EntryReader::read(std::span<std::byte> out) {
  LAKE_ASSERT(!out.empty());
  if (finding_) return error_of(*finding_, expected_.archive, expected_.entry);
  if (complete_) return std::size_t{0};
  out = out.first(std::min(out.size(), kChunkBytesMax));
  std::size_t done = 0;
  while (done < out.size() && !complete_ && !finding_) {
    auto count = next(out.subspan(done));
    if (!count)
      finding_ = std::move(count).error();
    else if (*count == 0)
      complete_ = true;
    else
      done += *count;
  }
  if (expected_.content_bytes != nullptr) expected_.content_bytes->add(done);
  if (done == 0 && finding_) return error_of(*finding_, expected_.archive, expected_.entry);
  return done;
}

Sound<std::size_t> EntryReader::next(std::span<std::byte> out) {
  if (!expected_.bounds.allows_ratio(position_, expected_.stored_bytes))
    return Finding(
        Flaw::kBound, source_->file_offset(),
        fmt::format("the content grows beyond {} times its stored bytes", expected_.bounds.ratio_max));
  if (expected_.bytes) {
    const std::uint64_t left = *expected_.bytes - position_;
    if (left == 0) {
      std::byte beyond{};
      auto more = source_->read(std::span(&beyond, 1));
      if (!more) return std::move(more).error();
      if (*more > 0)
        return Finding(Flaw::kSizeMismatch, source_->file_offset(),
                       fmt::format("the content is longer than the {} bytes declared", *expected_.bytes));
      if (auto end = check_end(); !end) return std::move(end).error();
      return std::size_t{0};
    }
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left)));
  }
  auto count = source_->read(out);
  if (!count) return std::move(count).error();
  if (*count == 0) {
    if (expected_.flaw) return *expected_.flaw;
    if (expected_.bytes)
      return Finding(
          Flaw::kSizeMismatch, source_->file_offset(),
          fmt::format("the content ends after {} of {} bytes declared", position_, *expected_.bytes));
    if (auto end = check_end(); !end) return std::move(end).error();
    return std::size_t{0};
  }
  crc_ = archive::crc32(crc_, out.first(*count));
  position_ += *count;
  return *count;
}

Sound<void> EntryReader::check_end() {
  // First, because a file that changed is not damaged: it may be asked for again.
  if (expected_.unchanged) {
    if (auto unchanged = expected_.unchanged->check_unchanged(); !unchanged)
      return std::move(unchanged).error();
  }
  if (expected_.crc32 && *expected_.crc32 != crc_)
    return Finding(
        Flaw::kCrcMismatch, source_->file_offset(),
        fmt::format("CRC-32 of the content is {:08x}, declared is {:08x}", crc_, *expected_.crc32));
  if (expected_.flaw) return *expected_.flaw;
  return {};
}

}  // namespace lake::archive
