#pragma once

#include <string>
#include <string_view>

#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/random.hpp"

namespace lake::access {

/// Compares in a time that depends on the lengths only.
[[nodiscard]] bool is_same_secret(std::string_view expected, std::string_view presented);

/// The bearer token that opens every door of one lake: 64 lower-case hexadecimal characters (256 random bits)
/// in
/// `<data>/admin.token`, mode 0600. Whoever may read that file may do everything. Threads: const members from
/// any.
class AdminToken {
 public:
  /// Reads the token of a data directory. Errors: kNotFound, kPermissionDenied, kCorruption (not a token),
  /// kIo.
  static Result<AdminToken> load(os::FileSystem& files, const std::string& data_directory);
  /// Reads it, or makes and stores it when there is none.
  static Result<AdminToken> load_or_make(os::FileSystem& files, os::Random& random,
                                         const std::string& data_directory);

  /// Takes as long for a near miss as for any other text of the same length.
  [[nodiscard]] bool matches(std::string_view presented) const;
  /// For printing the first link and for the CLI; never for logs.
  [[nodiscard]] const std::string& reveal() const { return text_; }

 private:
  explicit AdminToken(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace lake::access
