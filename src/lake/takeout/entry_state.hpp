#pragma once

#include <cstdint>
#include <string_view>

#include "lake/archive/entry.hpp"

namespace lake::takeout {

/// What became of an entry; each ends in exactly one of these. docs/takeout.md says what each means for
/// people.
enum class EntryState : std::uint8_t {
  kReading,  // not an end: its first batches are stored, the import was interrupted
  kTyped,
  kGeneric,
  kBlobOnly,
  kDuplicateEntry,
  kSidecarJoined,
  kSidecarPending,
  kEmpty,
  kEncrypted,
  kUnsupportedMethod,
  kCrcMismatch,
  kPartial,   // some elements or bytes are missing; the reason says where it broke
  kSalvaged,  // whole, out of an archive without a directory
  kRejectedByUser,
  kSpecial,  // a link, device or pipe; never followed
};
/// "typed", "blob_only", ...
std::string_view name_of(EntryState state);

/// The state of an entry whose content has this flaw, known before or found while reading.
EntryState state_of(archive::Flaw flaw);

}  // namespace lake::takeout
