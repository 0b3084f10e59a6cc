#include "lake/archive/zip_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "lake/archive/little_endian.hpp"
#include "lake/codec/hash.hpp"

namespace lake::archive {
namespace {

constexpr std::size_t kCommentBytesMax = 65535;
constexpr std::size_t kRecordBytesMax = kCentralRecordBytes + 3 * std::size_t{65535};
constexpr std::size_t kScanBufferBytes = 512U << 10U;
constexpr std::uint64_t kCountWrap = 65536;
constexpr std::uint64_t kExpansionMax = 1032;  // of DEFLATE
constexpr std::uint64_t kSizeMax = std::numeric_limits<std::uint64_t>::max();

/// The last bytes of the file, and the search in them.
class EndSearch {
 public:
  explicit EndSearch(const ArchiveFile& file) : file_(file) {}
  Sound<ZipEnd> run();

 private:
  struct Ending {
    std::uint64_t entry_count = 0;
    std::uint64_t directory_bytes = 0;
    std::uint64_t directory_offset = 0;  // as the archive counts
    std::uint64_t directory_end = 0;     // of the file
    bool is_zip64 = false;
  };
  [[nodiscard]] std::span<const std::byte> at(std::uint64_t position) const {
    return std::span(tail_).subspan(static_cast<std::size_t>(position - tail_offset_));
  }
  Sound<ZipEnd> resolve(std::uint64_t position) const;
  Sound<void> widen(std::uint64_t position, Ending& ending) const;
  Sound<void> check_start(const ZipEnd& end) const;

  const ArchiveFile& file_;
  std::vector<std::byte> tail_;
  std::uint64_t tail_offset_ = 0;
};

Finding spanned(std::uint64_t offset) {
  return {Flaw::kSpanned, offset, "the zip is split over several disks; join its pieces first"};
}

Sound<ZipEnd> EndSearch::run() {
  const std::uint64_t tail_bytes = std::min<std::uint64_t>(
      file_.bytes(), kCommentBytesMax + kEndRecordBytes + kLocator64Bytes + kEnd64RecordBytes);
  tail_.resize(static_cast<std::size_t>(tail_bytes));
  tail_offset_ = file_.bytes() - tail_bytes;
  if (auto count = file_.read(tail_offset_, tail_); !count) return std::move(count).error();
  std::optional<ZipEnd> found;
  std::optional<ZipEnd> found_with_rest;
  std::optional<Finding> why_not;
  for (std::uint64_t back = kEndRecordBytes; back <= tail_bytes; ++back) {
    const std::uint64_t position = file_.bytes() - back;
    if (le32(at(position)) != kEndSignature) continue;
    const std::uint64_t end = position + kEndRecordBytes + le16(at(position).subspan(20));
    if (end > file_.bytes()) continue;
    auto resolved = resolve(position);
    if (!resolved && resolved.error().flaw == Flaw::kIo) return std::move(resolved).error();
    if (!resolved) {
      if (!why_not && end == file_.bytes()) why_not = std::move(resolved).error();
      continue;
    }
    if (end < file_.bytes()) {
      // The end of an archive inside this one also looks so; one that begins where this file begins is this
      // one.
      if (!found_with_rest && resolved->leading_bytes == 0) found_with_rest = std::move(*resolved);
      continue;
    }
    if (found)
      return Finding(
          Flaw::kDamaged, position,
          "two end records fit this zip, one inside the comment of the other: programs would disagree on "
          "what it contains");
    found = std::move(*resolved);
  }
  if (found) return *found;
  if (why_not) return *why_not;
  if (found_with_rest) return *found_with_rest;
  return Finding(Flaw::kTruncated, file_.bytes(),
                 "the zip has no end record: it is cut off, or not wholly downloaded");
}

Sound<void> EndSearch::widen(std::uint64_t position, Ending& ending) const {
  if (position < tail_offset_ + kLocator64Bytes) return {};
  const std::uint64_t locator = position - kLocator64Bytes;
  if (le32(at(locator)) != kLocator64Signature) return {};
  if (le32(at(locator).subspan(4)) != 0 || le32(at(locator).subspan(16)) > 1) return spanned(locator);
  // With bytes before the archive the locator's offset is too small; then the record stands right before it.
  std::vector<std::byte> record(kEnd64RecordBytes);
  std::uint64_t place = le64(at(locator).subspan(8));
  for (const bool second : {false, true}) {
    if (second) place = locator - std::min<std::uint64_t>(locator, kEnd64RecordBytes);
    auto count = file_.read(place, record);
    if (!count) return std::move(count).error();
    if (*count == record.size() && le32(record) == kEnd64Signature) break;
    if (second) return Finding(Flaw::kDamaged, locator, "the ZIP64 end record is not where its locator says");
  }
  const std::span<const std::byte> bytes(record);
  if (le64(bytes.subspan(4)) != locator - place - 12)
    return Finding(Flaw::kDamaged, place, "the ZIP64 end record does not end where its locator begins");
  if (le32(bytes.subspan(16)) != 0 || le32(bytes.subspan(20)) != 0) return spanned(place);
  const Ending wide{.entry_count = le64(bytes.subspan(32)),
                    .directory_bytes = le64(bytes.subspan(40)),
                    .directory_offset = le64(bytes.subspan(48)),
                    .directory_end = place,
                    .is_zip64 = true};
  if (le64(bytes.subspan(24)) != wide.entry_count) return spanned(place);
  const auto agrees = [](std::uint64_t narrow, std::uint64_t full, std::uint64_t saturated) {
    return narrow == saturated || narrow == full;
  };
  if (!agrees(ending.entry_count, wide.entry_count, kSaturated16) ||
      !agrees(ending.directory_bytes, wide.directory_bytes, kSaturated32) ||
      !agrees(ending.directory_offset, wide.directory_offset, kSaturated32)) {
    return Finding(Flaw::kDamaged, place, "the end record and the ZIP64 end record contradict each other");
  }
  ending = wide;
  return {};
}

Sound<ZipEnd> EndSearch::resolve(std::uint64_t position) const {
  const auto bytes = at(position);
  const std::uint16_t disk = le16(bytes.subspan(4));
  const std::uint16_t directory_disk = le16(bytes.subspan(6));
  const std::uint16_t count_here = le16(bytes.subspan(8));
  Ending ending{.entry_count = le16(bytes.subspan(10)),
                .directory_bytes = le32(bytes.subspan(12)),
                .directory_offset = le32(bytes.subspan(16)),
                .directory_end = position};
  const bool wide_disks = disk == kSaturated16 && directory_disk == kSaturated16;
  if ((disk != 0 || directory_disk != 0) && !wide_disks) return spanned(position);
  if (count_here != ending.entry_count) return spanned(position);
  if (auto widened = widen(position, ending); !widened) return std::move(widened).error();
  if (wide_disks && !ending.is_zip64) return spanned(position);
  if (ending.directory_bytes > ending.directory_end ||
      ending.directory_offset > ending.directory_end - ending.directory_bytes) {
    return Finding(Flaw::kTruncated, position, "bytes are missing before the central directory");
  }
  ZipEnd end;
  end.directory_offset = ending.directory_end - ending.directory_bytes;
  end.directory_bytes = ending.directory_bytes;
  end.entry_count = ending.entry_count;
  end.leading_bytes = end.directory_offset - ending.directory_offset;
  end.comment = text_of(bytes.subspan(kEndRecordBytes, le16(bytes.subspan(20))));
  end.trailing_bytes = file_.bytes() - position - kEndRecordBytes - end.comment.size();
  end.is_zip64 = ending.is_zip64;
  if (auto start = check_start(end); !start) return std::move(start).error();
  return end;
}

Sound<void> EndSearch::check_start(const ZipEnd& end) const {
  std::array<std::byte, 4> first{};
  if (end.directory_bytes > 0) {
    auto count = file_.read(end.directory_offset, first);
    if (!count) return std::move(count).error();
    if (*count < first.size() || le32(first) != kCentralSignature)
      return Finding(Flaw::kDamaged, end.directory_offset,
                     "the central directory does not begin where the end record says");
  }
  if (end.leading_bytes == 0) return {};
  auto count = file_.read(0, first);
  if (!count) return std::move(count).error();
  // Bytes before an archive are a program that unpacks it, not another archive.
  if (*count == first.size() && le32(first) == kLocalSignature)
    return Finding(
        Flaw::kTruncated, end.directory_offset,
        "the end record is that of another zip inside this file: the file is cut off, or two are joined");
  return {};
}

struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
  std::size_t index;
};

/// Marks every entry that shares bytes with another one (Fifield 2019, "A better zip bomb").
void mark_overlaps(std::vector<Extent>& extents, ZipIndex& index) {
  std::ranges::sort(extents, [](const Extent& a, const Extent& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.index < b.index;
  });
  std::uint64_t reach = 0;
  std::size_t reaching = 0;
  index.header_offsets.reserve(extents.size());
  for (const auto& extent : extents) {
    if (extent.begin < reach) {
      index.overlapping[extent.index] = true;
      index.overlapping[reaching] = true;
    }
    if (extent.end > reach) {
      reach = extent.end;
      reaching = extent.index;
    }
    index.header_offsets.push_back(extent.begin);
  }
}

void mark_repeated(std::vector<std::pair<std::uint64_t, std::size_t>>& names, ZipIndex& index) {
  std::ranges::sort(names);
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (names[i].first == names[i - 1].first) index.repeated[names[i].second] = true;
  }
}

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) { return a > kSizeMax - b ? kSizeMax : a + b; }

}  // namespace

Sound<ZipEnd> find_zip_end(const ArchiveFile& file) { return EndSearch(file).run(); }

DirectoryScan::DirectoryScan(ArchiveFilePtr file, const ZipEnd& end)
    : file_(std::move(file)),
      offset_(end.directory_offset),
      end_(end.directory_offset + end.directory_bytes),
      record_offset_(end.directory_offset) {}

Sound<void> DirectoryScan::refill() {
  if (buffer_.empty())
    buffer_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kScanBufferBytes, end_ - offset_)));
  if (!rest_.empty()) std::memmove(buffer_.data(), rest_.data(), rest_.size());
  const auto want =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size() - rest_.size(), end_ - offset_));
  auto count = file_->read(offset_, std::span(buffer_).subspan(rest_.size(), want));
  if (!count) return std::move(count).error();
  offset_ += *count;
  rest_ = std::span(buffer_).first(rest_.size() + *count);
  return {};
}

Sound<std::optional<CentralRecord>> DirectoryScan::next() {
  if (rest_.size() < kRecordBytesMax && offset_ < end_) {
    if (auto filled = refill(); !filled) return std::move(filled).error();
  }
  record_offset_ = offset_ - rest_.size();
  if (rest_.empty()) return std::optional<CentralRecord>();
  // A digital signature of the directory may close it; it lists nothing.
  if (rest_.size() >= 6 && le32(rest_) == kDigitalSignature && rest_.size() == 6U + le16(rest_.subspan(4)))
    return std::optional<CentralRecord>();
  auto record = parse_central_record(rest_, record_offset_);
  if (!record) return std::move(record).error();
  record_bytes_ = text_of(rest_.first(record->record_bytes));
  rest_ = rest_.subspan(record->record_bytes);
  ++count_;
  return std::optional(*record);
}

std::uint64_t ZipIndex::room_end(std::uint64_t header_offset, const ZipEnd& end) const {
  const auto next = std::ranges::upper_bound(header_offsets, header_offset);
  return next == header_offsets.end() ? end.directory_offset : *next;
}

Sound<ZipIndex> index_directory(const ArchiveFilePtr& file, const ZipEnd& end, const Bounds& bounds) {
  if (end.directory_bytes > bounds.directory_bytes_max)
    return Finding(Flaw::kBound, end.directory_offset,
                   fmt::format("the central directory has {} bytes, allowed are {}", end.directory_bytes,
                               bounds.directory_bytes_max));
  ZipIndex index;
  std::vector<Extent> extents;
  std::vector<std::pair<std::uint64_t, std::size_t>> names;
  // The count is not believed beyond what the directory has room for.
  const auto expected = static_cast<std::size_t>(
      std::min({end.entry_count, bounds.entry_count_max, end.directory_bytes / kCentralRecordBytes}));
  extents.reserve(expected);
  names.reserve(expected);
  codec::Xxh3Stream digest;
  DirectoryScan scan(file, end);
  for (;;) {
    auto next = scan.next();
    if (!next) return std::move(next).error();
    if (!*next) break;
    const CentralRecord& record = **next;
    const auto number = static_cast<std::size_t>(scan.count() - 1);
    if (scan.count() > bounds.entry_count_max)
      return Finding(Flaw::kBound, scan.record_offset(),
                     fmt::format("the zip has more than {} entries", bounds.entry_count_max));
    digest.update(scan.record_bytes());
    index.content_bytes = saturating_add(index.content_bytes, record.content_bytes);
    index.stored_bytes = saturating_add(index.stored_bytes, record.stored_bytes);
    names.emplace_back(codec::xxh3_64(record.name), number);
    const std::uint64_t begin = saturating_add(end.leading_bytes, record.header_offset);
    const std::uint64_t last =
        saturating_add(begin, saturating_add(kLocalHeaderBytes + record.name.size(), record.stored_bytes));
    // What reaches outside is damaged by itself, and must not make all others look overlapped.
    index.outside.push_back(last > end.directory_offset);
    if (last > end.directory_offset) continue;
    extents.push_back({begin, last, number});
    // One entry that boasts must not use up what all may have together.
    const std::uint64_t most =
        record.stored_bytes > kSizeMax / kExpansionMax ? kSizeMax : record.stored_bytes * kExpansionMax;
    index.readable_bytes = saturating_add(index.readable_bytes, std::min(record.content_bytes, most));
  }
  // Writers without ZIP64 count modulo 65536; every other difference is a directory that lies.
  const bool counts = end.entry_count == scan.count() || (!end.is_zip64 && scan.count() > end.entry_count &&
                                                          end.entry_count == scan.count() % kCountWrap);
  if (!counts)
    return Finding(Flaw::kDamaged, end.directory_offset,
                   fmt::format("the central directory has {} entries, its end record says {}", scan.count(),
                               end.entry_count));
  index.overlapping.resize(scan.count());
  index.repeated.resize(scan.count());
  mark_overlaps(extents, index);
  mark_repeated(names, index);
  index.digest = digest.digest();
  return index;
}

}  // namespace lake::archive
