#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lake/blobs/blob_store.hpp"
#include "lake/codec/sha256.hpp"
#include "lake/http/message.hpp"

namespace lake::http {

/// What a Range header asks of a body (RFC 9110, section 14).
struct AskedRange {
  enum class Kind : std::uint8_t {
    kWhole,  // no range, or one that is not understood
    kPart,
    kUnsatisfiable,
  };
  Kind kind = Kind::kWhole;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};
/// Several ranges are answered by the whole. `header` may be null.
AskedRange asked_range(const std::string* header, std::uint64_t size);

/// "\"<sha256>\"".
std::string etag_of(const codec::Sha256& hash);
/// If-Match and If-None-Match of a change: tags that are none of ours match nothing.
blobs::Conditions conditions_of(const Request& request);

/// What the conditions of a GET or HEAD say (RFC 9110, section 13.2.2).
enum class ReadVerdict : std::uint8_t { kGo, kNotModified, kFailed };
ReadVerdict verdict_of(const Request& request, const codec::Sha256& hash, const std::string& last_modified);
/// Whether a range may be answered, by If-Range.
bool allows_range(const Request& request, const codec::Sha256& hash, const std::string& last_modified);

/// The hash a client says its body has: X-Content-Sha256, Repr-Digest, Content-Digest, Digest. Nothing when
/// it says none. Errors: kInvalidArgument.
Result<std::optional<codec::Sha256>> told_hash(const Request& request);

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::int64_t micros);

}  // namespace lake::http
