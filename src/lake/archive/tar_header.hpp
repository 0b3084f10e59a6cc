#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lake/archive/entry.hpp"
#include "lake/archive/flaw.hpp"

namespace lake::archive {

inline constexpr std::size_t kTarBlockBytes = 512;
using TarBlock = std::array<std::byte, kTarBlockBytes>;

/// One tar header block (POSIX.1-1988 ustar, GNU tar, or the older form without magic).
struct TarHeader {
  char type = '0';
  std::string name;  // prefix joined, as stored
  std::string link;  // as stored
  std::uint64_t bytes = 0;
  std::int64_t modified_seconds = 0;
  bool is_gnu = false;
  bool sparse_continues = false;  // type 'S': further blocks of the sparse map follow the header
};

bool is_zero_block(const TarBlock& block);
/// The header in `block`, which lies at `offset` of the tar. kDamaged: checksum or a number is wrong.
Sound<TarHeader> parse_tar_header(const TarBlock& block, std::uint64_t offset);
/// Whether the block has a right checksum: the one sign of a tar.
bool has_tar_checksum(const TarBlock& block);

/// Records of a pax extended header: the last of equal keys wins.
using PaxRecords = std::map<std::string, std::string, std::less<>>;
/// kDamaged when a record does not have its declared length.
Sound<PaxRecords> parse_pax(std::string_view text, std::uint64_t offset);
/// Decimal number of at most 19 digits; nothing for anything else.
std::optional<std::uint64_t> pax_number(std::string_view text);
/// Seconds with a fraction, as microseconds; nothing when out of range or no number.
std::optional<std::int64_t> pax_micros(std::string_view text);

EntryKind tar_kind(char type, std::string_view name);
/// Whether blocks of content follow a header of this type.
bool tar_has_content(char type);

}  // namespace lake::archive
