#include "lake/takeout/entry_state.hpp"

namespace lake::takeout {

std::string_view name_of(EntryState state) {
  switch (state) {
    case EntryState::kReading:
      return "reading";
    case EntryState::kTyped:
      return "typed";
    case EntryState::kGeneric:
      return "generic";
    case EntryState::kBlobOnly:
      return "blob_only";
    case EntryState::kDuplicateEntry:
      return "duplicate_entry";
    case EntryState::kSidecarJoined:
      return "sidecar_joined";
    case EntryState::kSidecarPending:
      return "sidecar_pending";
    case EntryState::kEmpty:
      return "empty";
    case EntryState::kEncrypted:
      return "encrypted";
    case EntryState::kUnsupportedMethod:
      return "unsupported_method";
    case EntryState::kCrcMismatch:
      return "crc_mismatch";
    case EntryState::kPartial:
      return "partial";
    case EntryState::kSalvaged:
      return "salvaged";
    case EntryState::kRejectedByUser:
      return "rejected_by_user";
    case EntryState::kSpecial:
      return "special";
  }
  return "";
}

EntryState state_of(archive::Flaw flaw) {
  using archive::Flaw;
  switch (flaw) {
    case Flaw::kEncrypted:
      return EntryState::kEncrypted;
    case Flaw::kUnsupportedMethod:
    case Flaw::kSparse:
    case Flaw::kSpanned:
      return EntryState::kUnsupportedMethod;
    case Flaw::kCrcMismatch:
    case Flaw::kSizeMismatch:
      return EntryState::kCrcMismatch;
    case Flaw::kSpecialFile:
      return EntryState::kSpecial;
    case Flaw::kOverlap:
    case Flaw::kHeaderMismatch:
    case Flaw::kTruncated:
    case Flaw::kDamaged:
    case Flaw::kBound:
    case Flaw::kUnstable:
    case Flaw::kIo:
      return EntryState::kPartial;
  }
  return EntryState::kPartial;
}

}  // namespace lake::takeout
