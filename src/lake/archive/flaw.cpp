#include "lake/archive/flaw.hpp"

#include <fmt/format.h>

#include "lake/archive/entry_name.hpp"

namespace lake::archive {

std::string_view name_of(Flaw flaw) {
  switch (flaw) {
    case Flaw::kEncrypted:
      return "encrypted";
    case Flaw::kUnsupportedMethod:
      return "unsupported_method";
    case Flaw::kSparse:
      return "sparse";
    case Flaw::kSpanned:
      return "spanned";
    case Flaw::kOverlap:
      return "overlap";
    case Flaw::kHeaderMismatch:
      return "header_mismatch";
    case Flaw::kTruncated:
      return "truncated";
    case Flaw::kDamaged:
      return "damaged";
    case Flaw::kCrcMismatch:
      return "crc_mismatch";
    case Flaw::kSizeMismatch:
      return "size_mismatch";
    case Flaw::kBound:
      return "bound";
    case Flaw::kUnstable:
      return "unstable";
    case Flaw::kSpecialFile:
      return "special_file";
    case Flaw::kIo:
      return "io";
  }
  return "damaged";
}

ErrorCode code_of(Flaw flaw) {
  switch (flaw) {
    case Flaw::kEncrypted:
    case Flaw::kUnsupportedMethod:
    case Flaw::kSparse:
    case Flaw::kSpanned:
      return ErrorCode::kUnsupported;
    case Flaw::kBound:
      return ErrorCode::kResourceExhausted;
    case Flaw::kUnstable:
      return ErrorCode::kUnavailable;
    case Flaw::kSpecialFile:
      return ErrorCode::kPermissionDenied;
    case Flaw::kIo:
      return ErrorCode::kIo;
    case Flaw::kOverlap:
    case Flaw::kHeaderMismatch:
    case Flaw::kTruncated:
    case Flaw::kDamaged:
    case Flaw::kCrcMismatch:
    case Flaw::kSizeMismatch:
      return ErrorCode::kCorruption;
  }
  return ErrorCode::kCorruption;
}

Error error_of(const Finding& finding, std::string_view archive, std::string_view entry) {
  const std::string of_entry = entry.empty() ? "" : fmt::format(", entry {}", printable_name(entry));
  return {finding.code, fmt::format("archive: {} ({}): {}{}, byte {}", finding.what, name_of(finding.flaw),
                                    printable_name(archive), of_entry, finding.offset)};
}

}  // namespace lake::archive
