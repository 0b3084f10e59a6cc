#include "lake/archive/tar_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace lake::archive {
namespace {

// Offsets and lengths of POSIX.1-1988, table 10-1; GNU tar's own fields overlay the prefix.
constexpr std::size_t kSizeAt = 124;
constexpr std::size_t kModifiedAt = 136;
constexpr std::size_t kNumberBytes = 12;
constexpr std::size_t kChecksumAt = 148;
constexpr std::size_t kChecksumBytes = 8;
constexpr std::size_t kTypeAt = 156;
constexpr std::size_t kLinkAt = 157;
constexpr std::size_t kMagicAt = 257;
constexpr std::size_t kPrefixAt = 345;
constexpr std::size_t kPrefixBytes = 155;
constexpr std::size_t kNameBytes = 100;
constexpr std::size_t kSparseContinuesAt = 482;

std::string_view field(const TarBlock& block, std::size_t at, std::size_t bytes) {
  return std::string_view(reinterpret_cast<const char*>(block.data()), block.size()).substr(at, bytes);
}

std::string_view until_nul(std::string_view text) { return text.substr(0, text.find('\0')); }

/// Octal text with blanks or NULs around it, or GNU's base 256; empty is 0.
std::optional<std::int64_t> number(std::string_view text) {
  if (!text.empty() && (static_cast<unsigned char>(text[0]) & 0x80U) != 0) {
    const bool negative = (static_cast<unsigned char>(text[0]) & 0x40U) != 0;
    std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      auto byte = static_cast<std::uint64_t>(static_cast<unsigned char>(text[i]));
      if (i == 0) byte = negative ? byte | 0x80U : byte & 0x7FU;
      const std::uint64_t lost = value >> 56U;
      if (lost != (negative ? 0xFFU : 0U)) return std::nullopt;
      value = (value << 8U) | byte;
    }
    const auto result = static_cast<std::int64_t>(value);
    if ((result < 0) != negative) return std::nullopt;
    return result;
  }
  std::size_t at = text.find_first_not_of(' ');
  if (at == std::string_view::npos) return 0;
  std::int64_t value = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '7'; ++at) value = value * 8 + (text[at] - '0');
  const bool only_padding = text.find_first_not_of(std::string_view(" \0", 2), at) == std::string_view::npos;
  if (!only_padding) return std::nullopt;
  return value;
}

}  // namespace

bool is_zero_block(const TarBlock& block) {
  return std::ranges::all_of(block, [](std::byte byte) { return byte == std::byte{0}; });
}

bool has_tar_checksum(const TarBlock& block) {
  const auto stored = number(field(block, kChecksumAt, kChecksumBytes));
  if (!stored) return false;
  std::int64_t sum = 0;
  std::int64_t signed_sum = 0;  // of some old writers
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksumAt && i < kChecksumAt + kChecksumBytes;
    const auto byte = own ? std::uint8_t{' '} : std::to_integer<std::uint8_t>(block[i]);
    sum += byte;
    signed_sum += static_cast<std::int8_t>(byte);
  }
  return (*stored == sum || *stored == signed_sum) && !is_zero_block(block);
}

Sound<TarHeader> parse_tar_header(const TarBlock& block, std::uint64_t offset) {
  if (!has_tar_checksum(block))
    return Finding(Flaw::kDamaged, offset, "there is no tar header: the checksum is wrong");
  TarHeader header;
  header.type = field(block, kTypeAt, 1)[0];
  if (header.type == '\0' || header.type == '7') header.type = '0';
  const auto bytes = number(field(block, kSizeAt, kNumberBytes));
  if (!bytes || *bytes < 0) return Finding(Flaw::kDamaged, offset, "the size in a tar header is no number");
  header.bytes = static_cast<std::uint64_t>(*bytes);
  header.modified_seconds = number(field(block, kModifiedAt, kNumberBytes)).value_or(0);
  header.name = until_nul(field(block, 0, kNameBytes));
  header.link = until_nul(field(block, kLinkAt, kNameBytes));
  const std::string_view magic = field(block, kMagicAt, 8);
  header.is_gnu = magic == std::string_view("ustar  \0", 8);
  if (magic.starts_with(std::string_view("ustar\0", 6))) {
    const std::string_view prefix = until_nul(field(block, kPrefixAt, kPrefixBytes));
    if (!prefix.empty()) header.name = fmt::format("{}/{}", prefix, header.name);
  }
  header.sparse_continues = header.type == 'S' && block[kSparseContinuesAt] != std::byte{0};
  return header;
}

Sound<PaxRecords> parse_pax(std::string_view text, std::uint64_t offset) {
  PaxRecords records;
  const Finding wrong(Flaw::kDamaged, offset, "a record of a pax header does not have its declared length");
  while (!text.empty()) {
    // "<length> <key>=<value>\n", the length counting all of it
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos || space > 10) return wrong;
    const auto length = pax_number(text.substr(0, space));
    if (!length || *length > text.size() || *length < space + 3 || text[*length - 1] != '\n') return wrong;
    const std::string_view record = text.substr(space + 1, *length - space - 2);
    const std::size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) return wrong;
    records.insert_or_assign(std::string(record.substr(0, equals)), std::string(record.substr(equals + 1)));
    text.remove_prefix(*length);
  }
  return records;
}

std::optional<std::uint64_t> pax_number(std::string_view text) {
  if (text.empty() || text.size() > 19) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::optional<std::int64_t> pax_micros(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const auto seconds = pax_number(text.substr(0, dot));
  if (!seconds || *seconds > std::numeric_limits<std::int64_t>::max() / 2'000'000) return std::nullopt;
  std::uint64_t micros = *seconds * 1'000'000;
  std::uint64_t unit = 100'000;
  if (dot != std::string_view::npos) {
    for (const char c : text.substr(dot + 1)) {
      if (c < '0' || c > '9') return std::nullopt;
      micros += unit * static_cast<std::uint64_t>(c - '0');
      unit /= 10;
    }
  }
  return negative ? -static_cast<std::int64_t>(micros) : static_cast<std::int64_t>(micros);
}

EntryKind tar_kind(char type, std::string_view name) {
  switch (type) {
    case '0':
      return name.ends_with('/') ? EntryKind::kDirectory : EntryKind::kFile;  // so before POSIX
    case 'S':
      return EntryKind::kFile;
    case '1':
      return EntryKind::kHardlink;
    case '2':
      return EntryKind::kSymlink;
    case '3':
    case '4':
      return EntryKind::kDevice;
    case '5':
      return EntryKind::kDirectory;
    case '6':
      return EntryKind::kFifo;
    default:
      return EntryKind::kSpecial;
  }
}

bool tar_has_content(char type) { return type < '1' || type > '6'; }

}  // namespace lake::archive
