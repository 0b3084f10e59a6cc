#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "lake/archive/little_endian.hpp"
#include "lake/archive/zip_container.hpp"

namespace lake::archive {
namespace {

using Zip = ZipContainer::Zip;

constexpr std::size_t kWindowBytes = 256U << 10U;
constexpr std::size_t kFirstWindowBytes = 4U << 10U;  // the next header is mostly near
constexpr std::uint64_t kPlausibleNameBytes = 4096;
constexpr std::uint16_t kPlausibleMethod = 99;

/// Walks forward through a file looking for a four-byte signature.
class SignatureSearch {
 public:
  SignatureSearch(ArchiveFilePtr file, std::uint32_t signature, std::uint64_t from)
      : file_(std::move(file)), offset_(from) {
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<char>(signature >> (8 * i));
  }
  /// Offset of the next one; nothing when there is no more.
  Sound<std::optional<std::uint64_t>> next() {
    for (;;) {
      const std::size_t found = text_of(rest_).find(std::string_view(bytes_.data(), bytes_.size()));
      if (found != std::string_view::npos) {
        const std::uint64_t at = offset_ - rest_.size() + found;
        rest_ = rest_.subspan(found + 1);
        return std::optional(at);
      }
      // A signature may lie across two windows.
      const std::size_t kept = std::min(rest_.size(), bytes_.size() - 1);
      std::array<std::byte, 3> tail{};
      std::copy(rest_.end() - static_cast<std::ptrdiff_t>(kept), rest_.end(), tail.begin());
      window_.resize(std::clamp(window_.size() * 4, kFirstWindowBytes, kWindowBytes));
      std::copy_n(tail.begin(), kept, window_.begin());
      auto count = file_->read(offset_, std::span(window_).subspan(kept));
      if (!count) return std::move(count).error();
      if (*count == 0) return std::optional<std::uint64_t>();
      offset_ += *count;
      rest_ = std::span(window_).first(kept + *count);
    }
  }

 private:
  ArchiveFilePtr file_;
  std::uint64_t offset_;  // of the end of rest_
  std::vector<std::byte> window_;
  std::span<const std::byte> rest_;
  std::array<char, 4> bytes_{};
};

struct Measured {
  std::uint32_t crc = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t content_bytes = 0;
};

/// Bytes of the data descriptor at `offset` when it says what was measured; 0 when it does not. The signature
/// is optional and the sizes have four or eight bytes, and nothing tells which.
Sound<std::uint64_t> descriptor_bytes(const ArchiveFile& file, std::uint64_t offset,
                                      const Measured& measured) {
  std::array<std::byte, 24> buffer{};
  auto count = file.read(offset, buffer);
  if (!count) return std::move(count).error();
  for (const std::size_t skip : {std::size_t{4}, std::size_t{0}}) {
    const auto bytes = std::span<const std::byte>(buffer).first(*count);
    if (bytes.size() < skip + 12 || (skip == 4 && le32(bytes) != kDescriptorSignature)) continue;
    const auto body = bytes.subspan(skip);
    if (le32(body) != measured.crc) continue;
    if (body.size() >= 20 && le64(body.subspan(4)) == measured.stored_bytes &&
        le64(body.subspan(12)) == measured.content_bytes) {
      return std::uint64_t{skip + 20};
    }
    if (le32(body.subspan(4)) == measured.stored_bytes && le32(body.subspan(8)) == measured.content_bytes)
      return std::uint64_t{skip + 12};
  }
  return std::uint64_t{0};
}

struct Descriptor {
  std::uint32_t crc = 0;
  std::uint64_t content_bytes = 0;
  std::uint64_t bytes = 0;  // of the descriptor
};

/// The ways, 0 to 2, in which bytes with a descriptor's signature tell `distance` as stored size.
Sound<std::vector<Descriptor>> read_descriptor(const ArchiveFile& file, std::uint64_t offset,
                                               std::uint64_t distance) {
  std::array<std::byte, 24> buffer{};
  auto count = file.read(offset, buffer);
  if (!count) return std::move(count).error();
  const auto bytes = std::span<const std::byte>(buffer).first(*count);
  std::vector<Descriptor> forms;
  if (bytes.size() >= 24 && le64(bytes.subspan(8)) == distance)
    forms.push_back({le32(bytes.subspan(4)), le64(bytes.subspan(16)), 24});
  if (bytes.size() >= 16 && le32(bytes.subspan(8)) == distance)
    forms.push_back({le32(bytes.subspan(4)), le32(bytes.subspan(12)), 16});
  // What looks like the wide form of no bytes may be the narrow one followed by anything.
  if (distance == 0) std::erase_if(forms, [](const Descriptor& form) { return form.content_bytes != 0; });
  return forms;
}

class SalvageCursor final : public EntryCursor {
 public:
  explicit SalvageCursor(std::shared_ptr<const Zip> zip) : zip_(std::move(zip)), file_(zip_->file) {}

  Result<std::optional<Entry>> next() override {
    if (!finding_) {
      current_.reset();
      auto found = walk();
      if (found) {
        current_ = std::move(*found);
        return current_;
      }
      finding_ = std::move(found).error();
    }
    current_.reset();
    return error_of(*finding_, file_->path());
  }

  Result<std::unique_ptr<EntryReader>> open_current() override {
    if (!current_) return Error(ErrorCode::kInvalidArgument, "archive: the cursor is at no entry");
    return zip_->open_entry(*current_);
  }

 private:
  Sound<Entry> walk();
  Sound<Entry> entry_at(const LocalHeader& header);
  Sound<void> measure(Entry& entry, const LocalHeader& header);
  Sound<void> measure_deflated(Entry& entry, std::uint64_t data);
  Sound<void> measure_by_descriptor(Entry& entry, std::uint64_t data);
  Sound<std::uint32_t> crc_of(std::uint64_t begin, std::uint64_t end, std::uint32_t crc) const;
  /// First plausible local header from `from` on, or the end of the file.
  Sound<std::uint64_t> find_header(std::uint64_t from) const;
  Sound<bool> is_plausible(std::uint64_t offset) const;
  /// Whether a local header or the directory begins there.
  Sound<bool> is_header(std::uint64_t offset) const;
  void add_gap(std::uint64_t begin, std::uint64_t end);

  std::shared_ptr<const Zip> zip_;
  ArchiveFilePtr file_;
  std::uint64_t position_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t in_vain_ = 0;  // bytes read and decompressed for streams that broke
  std::optional<Entry> current_;
};

void SalvageCursor::add_gap(std::uint64_t begin, std::uint64_t end) {
  if (begin >= end) return;
  if (gaps_.size() == kGapCountMax)
    gaps_.back().bytes = end - gaps_.back().offset;
  else
    gaps_.push_back({begin, end - begin});
}

Sound<std::uint64_t> SalvageCursor::find_header(std::uint64_t from) const {
  SignatureSearch search(file_, kLocalSignature, from);
  for (;;) {
    auto found = search.next();
    if (!found) return std::move(found).error();
    if (!*found) return file_->bytes();
    auto plausible = is_plausible(**found);
    if (!plausible) return std::move(plausible).error();
    if (*plausible) return **found;
  }
}

Sound<bool> SalvageCursor::is_plausible(std::uint64_t offset) const {
  // The fixed part first: by chance or by intent there may be a signature every few bytes, and each may
  // announce 128 KB of name and extra field.
  std::array<std::byte, kLocalHeaderBytes> fixed{};
  auto count = file_->read(offset, fixed);
  if (!count) return std::move(count).error();
  const std::span<const std::byte> bytes(fixed);
  const std::uint16_t name_bytes = le16(bytes.subspan(26));
  if (*count < fixed.size() || name_bytes == 0 || name_bytes > kPlausibleNameBytes ||
      le16(bytes.subspan(8)) > kPlausibleMethod) {
    return false;
  }
  auto header = read_local_header(*file_, offset);
  if (!header && header.error().flaw == Flaw::kIo) return std::move(header).error();
  return header.has_value();
}

Sound<bool> SalvageCursor::is_header(std::uint64_t offset) const {
  std::array<std::byte, 4> first{};
  auto count = file_->read(offset, first);
  if (!count) return std::move(count).error();
  return *count == first.size() && (le32(first) == kLocalSignature || le32(first) == kCentralSignature);
}

Sound<Entry> SalvageCursor::walk() {
  for (;;) {
    std::array<std::byte, 4> first{};
    auto count = file_->read(position_, first);
    if (!count) return std::move(count).error();
    const std::uint32_t signature = *count == first.size() ? le32(first) : 0;
    if (signature == kCentralSignature || signature == kEndSignature || signature == kEnd64Signature ||
        signature == kArchiveExtraSignature) {
      // Nothing but the end follows the directory of this zip; entries follow that of a zip inside it.
      auto header = find_header(position_);
      if (!header) return std::move(header).error();
      if (*header == file_->bytes())
        return Finding(
            zip_->salvaged->flaw, position_,
            fmt::format("{} entries were found by their local headers, up to a directory that cannot be "
                        "used: {}",
                        count_, zip_->salvaged->what));
      add_gap(position_, *header);
      position_ = *header;
      continue;
    }
    if (signature == kLocalSignature) {
      auto header = read_local_header(*file_, position_);
      if (header) return entry_at(*header);
      if (header.error().flaw == Flaw::kIo) return std::move(header).error();
    }
    const bool at_end = position_ >= file_->bytes();
    if (at_end)
      return Finding(
          Flaw::kTruncated, file_->bytes(),
          fmt::format("the zip is cut off: {} entries were found by their local headers, what followed "
                      "them is missing",
                      count_));
    auto header = find_header(position_ + 1);
    if (!header) return std::move(header).error();
    add_gap(position_, *header);
    position_ = *header;
  }
}

Sound<Entry> SalvageCursor::entry_at(const LocalHeader& header) {
  if (count_ >= zip_->bounds.entry_count_max)
    return Finding(Flaw::kBound, position_,
                   fmt::format("the zip has more than {} entries", zip_->bounds.entry_count_max));
  const auto extra = std::as_bytes(std::span(header.extra));
  Entry entry;
  entry.index = count_++;
  set_zip_name(entry, header.name, header.flags, extra);
  entry.kind = zip_kind(header.name, 0, 0);
  entry.modified = zip_time(header.dos_date, header.dos_time, extra);
  entry.method = header.method;
  entry.flags = header.flags;
  entry.is_salvaged = true;
  entry.header_offset = position_;
  entry.flaw = unreadable(header.flags, header.method, position_);
  if (auto measured = measure(entry, header); !measured) return std::move(measured).error();
  entry.is_verbatim = header.method == kMethodStored && !entry.flaw;
  return entry;
}

Sound<void> SalvageCursor::measure(Entry& entry, const LocalHeader& header) {
  const std::uint64_t data = position_ + header.header_bytes;
  if ((header.flags & kFlagDescriptor) != 0) {
    if (header.method == kMethodDeflate && !entry.flaw) return measure_deflated(entry, data);
    return measure_by_descriptor(entry, data);
  }
  entry.bytes = header.content_bytes;
  entry.crc32 = header.crc;
  entry.stored_bytes = header.stored_bytes;
  const std::uint64_t there = file_->bytes() - data;
  if (header.stored_bytes > there) {
    entry.stored_bytes = there;
    if (!entry.flaw) entry.flaw = Finding(Flaw::kTruncated, file_->bytes(), "the file ends inside the entry");
  } else if (header.method == kMethodStored && header.stored_bytes != header.content_bytes && !entry.flaw) {
    entry.flaw = Finding(Flaw::kSizeMismatch, position_, "a stored entry declares two sizes");
  }
  if (!entry.flaw && !zip_->bounds.allows_ratio(header.content_bytes, header.stored_bytes))
    entry.flaw = Finding(Flaw::kBound, position_, "the entry declares too much content for its stored bytes");
  position_ = data + entry.stored_bytes;
  return {};
}

Sound<void> SalvageCursor::measure_deflated(Entry& entry, std::uint64_t data) {
  InflateSource source(file_, {data, file_->bytes() - data});
  source.allow_rest();
  std::vector<std::byte> scratch(kWindowBytes);
  Measured measured;
  for (;;) {
    auto count = source.read(scratch);
    if (!count && count.error().flaw == Flaw::kIo) return std::move(count).error();
    if (!count) {
      entry.flaw = std::move(count).error();
      break;
    }
    if (*count == 0) break;
    measured.crc = crc32(measured.crc, std::span(scratch).first(*count));
    measured.content_bytes += *count;
    if (!zip_->bounds.allows_ratio(measured.content_bytes, source.stream_bytes())) {
      entry.flaw =
          Finding(Flaw::kBound, source.file_offset(), "the content grows too large for its stored bytes");
      break;
    }
  }
  if (entry.flaw) {
    const bool cut = entry.flaw->flaw == Flaw::kTruncated;
    // Compressed bytes hold no header but by chance, and a broken stream may be read far beyond its entry.
    // Such streams may lie in each other, so that reading them all would cost the square of the file.
    in_vain_ += measured.content_bytes + std::max<std::uint64_t>(source.stream_bytes(), kWindowBytes);
    if (!zip_->bounds.allows_ratio(in_vain_, file_->bytes()))
      return Finding(Flaw::kBound, position_,
                     "too many broken streams: looking for their ends costs too much");
    auto next = cut ? Sound<std::uint64_t>(file_->bytes()) : find_header(data);
    if (!next) return std::move(next).error();
    entry.stored_bytes = *next - data;
    position_ = *next;
    return {};
  }
  measured.stored_bytes = source.stream_bytes();
  entry.stored_bytes = measured.stored_bytes;
  position_ = data + measured.stored_bytes;
  auto descriptor = descriptor_bytes(*file_, position_, measured);
  if (!descriptor) return std::move(descriptor).error();
  if (*descriptor == 0) {
    const bool cut = file_->bytes() - position_ < 24;
    entry.flaw = Finding(cut ? Flaw::kTruncated : Flaw::kDamaged, position_,
                         "no data descriptor agrees with the content: it cannot be verified");
    return {};
  }
  position_ += *descriptor;
  entry.bytes = measured.content_bytes;
  entry.crc32 = measured.crc;
  return {};
}

Sound<std::uint32_t> SalvageCursor::crc_of(std::uint64_t begin, std::uint64_t end, std::uint32_t crc) const {
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(kWindowBytes, end - begin)));
  while (begin < end) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), end - begin));
    auto count = file_->read(begin, std::span(buffer).first(want));
    if (!count) return std::move(count).error();
    crc = crc32(crc, std::span(buffer).first(*count));
    begin += *count;
  }
  return crc;
}

Sound<void> SalvageCursor::measure_by_descriptor(Entry& entry, std::uint64_t data) {
  // The end is where a descriptor names exactly the distance from the start and, when it can be told, the
  // CRC, or a header follows it.
  const bool plain = entry.method == kMethodStored && !entry.flaw;
  SignatureSearch search(file_, kDescriptorSignature, data);
  std::uint32_t crc = 0;
  std::uint64_t crc_end = data;
  for (;;) {
    auto found = search.next();
    if (!found) return std::move(found).error();
    if (!*found) break;
    const std::uint64_t distance = **found - data;
    auto descriptor = read_descriptor(*file_, **found, distance);
    if (!descriptor) return std::move(descriptor).error();
    for (const Descriptor& form : *descriptor) {
      if (plain) {
        if (form.content_bytes != distance) continue;
        auto advanced = crc_of(crc_end, **found, crc);
        if (!advanced) return std::move(advanced).error();
        crc = *advanced;
        crc_end = **found;
        if (crc != form.crc) {
          // Both sizes right and a header behind it: the content is damaged, and reading it will say so.
          auto followed = is_header(**found + form.bytes);
          if (!followed) return std::move(followed).error();
          if (!*followed) continue;
        }
      }
      entry.stored_bytes = distance;
      entry.bytes = form.content_bytes;
      entry.crc32 = form.crc;
      position_ = **found + form.bytes;
      return {};
    }
  }
  entry.stored_bytes = file_->bytes() - data;
  if (!entry.flaw)
    entry.flaw =
        Finding(Flaw::kTruncated, file_->bytes(), "the file ends before a data descriptor of the entry");
  position_ = file_->bytes();
  return {};
}

}  // namespace

std::unique_ptr<EntryCursor> salvage_cursor(std::shared_ptr<const Zip> zip) {
  return std::make_unique<SalvageCursor>(std::move(zip));
}

}  // namespace lake::archive
