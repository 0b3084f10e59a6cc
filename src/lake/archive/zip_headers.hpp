#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lake/archive/archive_file.hpp"
#include "lake/archive/entry.hpp"

namespace lake::archive {

// PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5. Numbers are little-endian.
inline constexpr std::uint32_t kLocalSignature = 0x04034B50;
inline constexpr std::uint32_t kCentralSignature = 0x02014B50;
inline constexpr std::uint32_t kEndSignature = 0x06054B50;
inline constexpr std::uint32_t kEnd64Signature = 0x06064B50;
inline constexpr std::uint32_t kLocator64Signature = 0x07064B50;
inline constexpr std::uint32_t kDescriptorSignature = 0x08074B50;
inline constexpr std::uint32_t kArchiveExtraSignature = 0x08064B50;
inline constexpr std::uint32_t kDigitalSignature = 0x05054B50;

inline constexpr std::size_t kLocalHeaderBytes = 30;
inline constexpr std::size_t kCentralRecordBytes = 46;
inline constexpr std::size_t kEndRecordBytes = 22;
inline constexpr std::size_t kEnd64RecordBytes = 56;
inline constexpr std::size_t kLocator64Bytes = 20;

inline constexpr std::uint16_t kFlagEncrypted = 0x0001;
inline constexpr std::uint16_t kFlagDescriptor = 0x0008;
inline constexpr std::uint16_t kFlagUtf8 = 0x0800;
inline constexpr std::uint16_t kFlagMasked = 0x2000;  // local header values are hidden

inline constexpr std::uint16_t kMethodStored = 0;
inline constexpr std::uint16_t kMethodDeflate = 8;
inline constexpr std::uint16_t kMethodAes = 99;

inline constexpr std::uint32_t kSaturated32 = 0xFFFFFFFF;
inline constexpr std::uint16_t kSaturated16 = 0xFFFF;

/// One record of the central directory; the views are into the bytes it was read from.
struct CentralRecord {
  std::uint16_t made_by = 0;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint16_t dos_time = 0;
  std::uint16_t dos_date = 0;
  std::uint32_t crc = 0;
  std::uint64_t stored_bytes = 0;   // ZIP64 resolved
  std::uint64_t content_bytes = 0;  // ZIP64 resolved
  std::uint64_t header_offset = 0;  // ZIP64 resolved; from the start of the archive, not of the file
  std::uint32_t disk = 0;
  std::uint32_t attributes = 0;
  std::string_view name;
  std::span<const std::byte> extra;
  std::size_t record_bytes = 0;
};

/// Reads the record at the start of `bytes`, which lies at `offset` of the file. kDamaged when it is none or
/// does not fit.
Sound<CentralRecord> parse_central_record(std::span<const std::byte> bytes, std::uint64_t offset);

/// A local header.
struct LocalHeader {
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint16_t dos_time = 0;
  std::uint16_t dos_date = 0;
  std::uint32_t crc = 0;
  std::uint64_t stored_bytes = 0;   // ZIP64 resolved
  std::uint64_t content_bytes = 0;  // ZIP64 resolved
  bool has_zip64 = false;
  std::string name;   // as stored
  std::string extra;  // as stored
  std::uint64_t header_bytes = 0;
};
/// Reads the local header at `offset`. kDamaged when there is none, kTruncated when the file ends inside it.
Sound<LocalHeader> read_local_header(const ArchiveFile& file, std::uint64_t offset);

/// Content of the extra field `id`; nothing when absent. Stops at a field that does not fit.
std::optional<std::span<const std::byte>> extra_field(std::span<const std::byte> extra, std::uint16_t id);

/// Sets name, origin and stored name from a header's name, flags and extra field.
void set_zip_name(Entry& entry, std::string_view name, std::uint16_t flags, std::span<const std::byte> extra);
ModifiedTime zip_time(std::uint16_t dos_date, std::uint16_t dos_time, std::span<const std::byte> extra);
EntryKind zip_kind(std::string_view name, std::uint16_t made_by, std::uint32_t attributes);
/// Why the content cannot be read by these flags and this method; nothing when it can.
std::optional<Finding> unreadable(std::uint16_t flags, std::uint16_t method, std::uint64_t offset);

}  // namespace lake::archive
