#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lake/archive/byte_source.hpp"
#include "lake/archive/entry_name.hpp"
#include "lake/archive/flaw.hpp"

namespace lake::archive {

/// What an entry claims to be. Only content is ever read; links are not followed, devices not made.
enum class EntryKind : std::uint8_t {
  kFile,
  kDirectory,
  kSymlink,
  kHardlink,
  kDevice,  // character or block
  kFifo,
  kSpecial,  // in a folder: a link, device, pipe or socket; in a tar: a type nobody defined
};
std::string_view name_of(EntryKind kind);

/// When an entry says it was last modified.
struct ModifiedTime {
  enum class Zone : std::uint8_t {
    kUnknown,
    kUtc,
    kLocal
  };  // kLocal: of the machine that packed it, not told which
  Zone zone = Zone::kUnknown;
  std::int64_t micros = 0;  // since 1970 in that zone
};

/// What an archive says about one entry. Data only: nothing in it was verified but what `flaw` tells.
struct Entry {
  std::uint64_t index = 0;  // in the order of the directory or stream, from 0
  std::string name;         // well-formed UTF-8; never a place to open, see hazards_of()
  std::string stored_name;  // its bytes as stored, empty when they are those of `name`
  NameOrigin name_origin = NameOrigin::kUtf8;
  EntryKind kind = EntryKind::kFile;
  std::string link_target;  // as stored, of tar links; a zip has the target as content
  ModifiedTime modified;

  std::optional<std::uint64_t> bytes;  // of the content, as declared; nothing when only reading can tell
  std::uint64_t stored_bytes = 0;      // of the content in the archive
  std::optional<std::uint32_t> crc32;  // of the content, as declared
  std::uint16_t method = 0;            // zip compression method; 0 elsewhere
  std::uint16_t flags = 0;             // zip general purpose flags
  bool is_verbatim = false;   // the stored bytes are the content: a blob may be a range of the archive
  bool repeats_name = false;  // an earlier entry of this zip has the same name; both are entries
  bool is_salvaged = false;   // found by its local header, without a directory

  std::uint64_t header_offset =
      0;  // of the local or tar header: in the file, for a compressed tar in the tar
  std::uint64_t data_offset =
      0;  // of the content, likewise; 0 for a zip, where only reading the header tells
  /// Why the content cannot be had, or not whole. Opening such an entry fails with it, except for kTruncated
  /// and kDamaged: then reading gives what is there and fails at its end.
  std::optional<Finding> flaw;

  [[nodiscard]] const std::string& name_bytes() const { return stored_name.empty() ? name : stored_name; }
  void set_name(EntryName decoded, std::string_view stored);
};

}  // namespace lake::archive
