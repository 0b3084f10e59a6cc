#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "lake/base/result.hpp"

namespace lake::archive {

/// What can be wrong with an archive, an entry or its content; the ledger of an import names its states after
/// these.
enum class Flaw : std::uint8_t {
  kEncrypted,          // needs a password
  kUnsupportedMethod,  // a compression method that is not read
  kSparse,             // a tar member with holes
  kSpanned,            // an archive split over several disks
  kOverlap,            // shares stored bytes with another entry
  kHeaderMismatch,     // the local header says something else than the directory
  kTruncated,          // ends before it should
  kDamaged,            // bytes that the format does not allow
  kCrcMismatch,        // all bytes came, and are not those that were packed
  kSizeMismatch,       // more or fewer bytes than declared
  kBound,              // a bound of Bounds is reached; may be asked again with a larger one
  kUnstable,           // the file changed while it was read
  kSpecialFile,        // a link, device or pipe of a folder; never opened
  kIo,                 // the machine failed
};

/// Stable lower-case name ("crc_mismatch").
std::string_view name_of(Flaw flaw);

/// The error code that a flaw is reported with: kUnsupported, kCorruption, kResourceExhausted (kBound),
/// kUnavailable (kUnstable), kPermissionDenied (kSpecialFile), kIo.
ErrorCode code_of(Flaw flaw);

/// One flaw and where: `offset` counts bytes of the archive file, for a compressed tar of the tar inside it.
struct Finding {
  Flaw flaw = Flaw::kDamaged;
  std::uint64_t offset = 0;
  std::string what;
  ErrorCode code = ErrorCode::kCorruption;

  Finding() = default;
  Finding(Flaw flaw_found, std::uint64_t at, std::string words)
      : flaw(flaw_found), offset(at), what(std::move(words)), code(code_of(flaw_found)) {}
  /// A failure of the machine keeps its own code.
  Finding(const Error& error, std::uint64_t at)
      : flaw(Flaw::kIo), offset(at), what(error.message()), code(error.code()) {}
};

/// A value, or what is wrong with the archive: Result inside this module, where the flaw must not get lost.
template <class T>
class [[nodiscard]] Sound : public tl::expected<T, Finding> {
 public:
  using tl::expected<T, Finding>::expected;
  // NOLINTBEGIN(google-explicit-constructor): `return Finding(...)` and `return value` are the point
  Sound(Finding finding) : tl::expected<T, Finding>(tl::unexpect, std::move(finding)) {}
  // NOLINTEND(google-explicit-constructor)
};

/// The error that names archive, entry (when not empty) and byte offset. Names are escaped and cut.
Error error_of(const Finding& finding, std::string_view archive, std::string_view entry = {});

}  // namespace lake::archive
