#include "lake/archive/zip_headers.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <vector>

#include "lake/archive/inflater.hpp"
#include "lake/archive/little_endian.hpp"

namespace lake::archive {
namespace {

constexpr std::uint16_t kExtraZip64 = 0x0001;
constexpr std::uint16_t kExtraTimestamp = 0x5455;
constexpr std::uint16_t kExtraUnicodePath = 0x7075;

constexpr unsigned kMadeByUnix = 3;
constexpr unsigned kMadeByDarwin = 19;

/// Takes the ZIP64 values, which are present only for saturated fields and in this order.
class Zip64Values {
 public:
  explicit Zip64Values(std::span<const std::byte> extra) {
    if (const auto field = extra_field(extra, kExtraZip64)) {
      present_ = true;
      rest_ = *field;
    }
  }
  [[nodiscard]] bool present() const { return present_; }
  /// Replaces a saturated value; false when the field is too short for it. Without the field the value
  /// stands.
  bool resolve(std::uint64_t& value) {
    if (value != kSaturated32 || !present_) return true;
    if (rest_.size() < 8) return false;
    value = le64(rest_);
    rest_ = rest_.subspan(8);
    return true;
  }
  bool resolve_disk(std::uint32_t& disk) {
    if (disk != kSaturated16 || !present_) return true;
    if (rest_.size() < 4) return false;
    disk = le32(rest_);
    return true;
  }

 private:
  bool present_ = false;
  std::span<const std::byte> rest_;
};

std::string_view method_name(std::uint16_t method) {
  switch (method) {
    case 1:
      return " (shrink)";
    case 6:
      return " (implode)";
    case 9:
      return " (deflate64)";
    case 12:
      return " (bzip2)";
    case 14:
      return " (lzma)";
    case 93:
      return " (zstd)";
    case 95:
      return " (xz)";
    case 98:
      return " (ppmd)";
    default:
      return "";
  }
}

}  // namespace

std::optional<std::span<const std::byte>> extra_field(std::span<const std::byte> extra, std::uint16_t id) {
  while (extra.size() >= 4) {
    const std::size_t bytes = le16(extra.subspan(2));
    if (bytes > extra.size() - 4) return std::nullopt;
    if (le16(extra) == id) return extra.subspan(4, bytes);
    extra = extra.subspan(4 + bytes);
  }
  return std::nullopt;
}

Sound<CentralRecord> parse_central_record(std::span<const std::byte> bytes, std::uint64_t offset) {
  if (bytes.size() < kCentralRecordBytes || le32(bytes) != kCentralSignature)
    return Finding(Flaw::kDamaged, offset, "there is no record of the central directory");
  CentralRecord record;
  record.made_by = le16(bytes.subspan(4));
  record.flags = le16(bytes.subspan(8));
  record.method = le16(bytes.subspan(10));
  record.dos_time = le16(bytes.subspan(12));
  record.dos_date = le16(bytes.subspan(14));
  record.crc = le32(bytes.subspan(16));
  record.stored_bytes = le32(bytes.subspan(20));
  record.content_bytes = le32(bytes.subspan(24));
  const std::size_t name_bytes = le16(bytes.subspan(28));
  const std::size_t extra_bytes = le16(bytes.subspan(30));
  const std::size_t comment_bytes = le16(bytes.subspan(32));
  record.disk = le16(bytes.subspan(34));
  record.attributes = le32(bytes.subspan(38));
  record.header_offset = le32(bytes.subspan(42));
  record.record_bytes = kCentralRecordBytes + name_bytes + extra_bytes + comment_bytes;
  if (record.record_bytes > bytes.size())
    return Finding(Flaw::kDamaged, offset, "a record of the central directory is longer than the directory");
  record.name = text_of(bytes.subspan(kCentralRecordBytes, name_bytes));
  record.extra = bytes.subspan(kCentralRecordBytes + name_bytes, extra_bytes);
  Zip64Values wide(record.extra);
  if (!wide.resolve(record.content_bytes) || !wide.resolve(record.stored_bytes) ||
      !wide.resolve(record.header_offset) || !wide.resolve_disk(record.disk)) {
    return Finding(Flaw::kDamaged, offset, "a ZIP64 field of the central directory lacks a value");
  }
  return record;
}

Sound<LocalHeader> read_local_header(const ArchiveFile& file, std::uint64_t offset) {
  std::array<std::byte, kLocalHeaderBytes> fixed{};
  auto count = file.read(offset, fixed);
  if (!count) return std::move(count).error();
  if (*count >= 4 && le32(fixed) != kLocalSignature)
    return Finding(Flaw::kDamaged, offset, "there is no local header");
  if (*count < fixed.size()) return Finding(Flaw::kTruncated, offset, "the file ends inside a local header");
  const std::span<const std::byte> bytes(fixed);
  LocalHeader header;
  header.flags = le16(bytes.subspan(6));
  header.method = le16(bytes.subspan(8));
  header.dos_time = le16(bytes.subspan(10));
  header.dos_date = le16(bytes.subspan(12));
  header.crc = le32(bytes.subspan(14));
  header.stored_bytes = le32(bytes.subspan(18));
  header.content_bytes = le32(bytes.subspan(22));
  const std::size_t name_bytes = le16(bytes.subspan(26));
  const std::size_t extra_bytes = le16(bytes.subspan(28));
  header.header_bytes = kLocalHeaderBytes + name_bytes + extra_bytes;
  header.name.resize(name_bytes);
  header.extra.resize(extra_bytes);
  const auto fill = [&](std::uint64_t at, std::string& text) -> Sound<void> {
    auto got = file.read(at, std::as_writable_bytes(std::span(text)));
    if (!got) return std::move(got).error();
    if (*got < text.size()) return Finding(Flaw::kTruncated, offset, "the file ends inside a local header");
    return {};
  };
  if (auto filled = fill(offset + kLocalHeaderBytes, header.name); !filled) return std::move(filled).error();
  if (auto filled = fill(offset + kLocalHeaderBytes + name_bytes, header.extra); !filled)
    return std::move(filled).error();
  Zip64Values wide(std::as_bytes(std::span(header.extra)));
  header.has_zip64 = wide.present();
  if (!wide.resolve(header.content_bytes) || !wide.resolve(header.stored_bytes))
    return Finding(Flaw::kDamaged, offset, "a ZIP64 field of the local header lacks a value");
  return header;
}

void set_zip_name(Entry& entry, std::string_view name, std::uint16_t flags,
                  std::span<const std::byte> extra) {
  const auto field = extra_field(extra, kExtraUnicodePath);
  if ((flags & kFlagUtf8) == 0 && field && field->size() > 5 && (*field)[0] == std::byte{1}) {
    const std::string_view path = text_of(field->subspan(5));
    const std::uint32_t crc = crc32(0, std::as_bytes(std::span(name)));
    // The checksum of the plain name tells a field that was left behind when somebody renamed the entry.
    if (le32(field->subspan(1)) == crc && is_utf8(path)) {
      entry.set_name({std::string(path), NameOrigin::kUnicodePath}, name);
      return;
    }
  }
  entry.set_name(decode_name(name, (flags & kFlagUtf8) != 0), name);
}

ModifiedTime zip_time(std::uint16_t dos_date, std::uint16_t dos_time, std::span<const std::byte> extra) {
  using namespace std::chrono;
  if (const auto field = extra_field(extra, kExtraTimestamp);
      field && field->size() >= 5 && ((*field)[0] & std::byte{1}) != std::byte{0}) {
    const auto seconds_1970 = static_cast<std::int32_t>(le32(field->subspan(1)));
    return {ModifiedTime::Zone::kUtc, std::int64_t{seconds_1970} * 1'000'000};
  }
  const year_month_day date(year(1980 + (dos_date >> 9U)), month((dos_date >> 5U) & 15U),
                            day(dos_date & 31U));
  const unsigned hour = dos_time >> 11U;
  const unsigned minute = (dos_time >> 5U) & 63U;
  const unsigned second = (dos_time & 31U) * 2U;
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return {};
  const auto moment = sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) + seconds(second);
  return {ModifiedTime::Zone::kLocal, duration_cast<microseconds>(moment).count()};
}

EntryKind zip_kind(std::string_view name, std::uint16_t made_by, std::uint32_t attributes) {
  const unsigned system = made_by >> 8U;
  if (system == kMadeByUnix || system == kMadeByDarwin) {
    switch ((attributes >> 16U) & 0170000U) {
      case 0120000:
        return EntryKind::kSymlink;
      case 0020000:
      case 0060000:
        return EntryKind::kDevice;
      case 0010000:
        return EntryKind::kFifo;
      case 0140000:
        return EntryKind::kSpecial;
      case 0040000:
        return EntryKind::kDirectory;
      default:
        break;
    }
  }
  return name.ends_with('/') ? EntryKind::kDirectory : EntryKind::kFile;
}

std::optional<Finding> unreadable(std::uint16_t flags, std::uint16_t method, std::uint64_t offset) {
  if ((flags & (kFlagEncrypted | kFlagMasked)) != 0 || method == kMethodAes)
    return Finding(Flaw::kEncrypted, offset, "the entry is encrypted");
  if (method != kMethodStored && method != kMethodDeflate)
    return Finding(Flaw::kUnsupportedMethod, offset,
                   fmt::format("compression method {}{} is not read", method, method_name(method)));
  return std::nullopt;
}

}  // namespace lake::archive
