#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lake/base/result.hpp"

namespace lake::http {

/// The boundary of a "multipart/form-data" Content-Type; nothing when it is not one.
std::optional<std::string> multipart_boundary(std::string_view content_type);

/// A multipart/form-data body (RFC 7578) taken apart as it comes, in pieces of any size.
/// Bounds: a part's header kHeaderBytesMax; its content is handed on as it comes. Threads: one.
class MultipartReader {
 public:
  static constexpr std::size_t kHeaderBytesMax = 16U << 10U;
  struct Head {
    std::string name;
    std::optional<std::string> file_name;  // a file, not a field
  };
  /// What becomes of the parts. Errors end the reading.
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual Status begin(const Head& head) = 0;
    virtual Status bytes(std::string_view bytes) = 0;
    virtual Status end() = 0;
  };

  MultipartReader(std::string_view boundary, Sink& sink);
  /// Errors: kInvalidArgument (not a multipart body); those of the sink.
  Status feed(std::string_view bytes);
  /// The body has ended. Errors: kInvalidArgument (it should not have).
  Status finish();

 private:
  enum class Place : std::uint8_t { kPreamble, kBoundary, kHeader, kContent, kEpilogue };
  /// One step; false when more bytes are needed.
  Result<bool> step();
  Result<bool> step_text();
  Result<bool> step_boundary();
  Result<bool> step_header();

  const std::string delimiter_;  // with the line break before it
  Sink& sink_;
  std::string pending_ = "\r\n";  // as if a line had ended before the first boundary
  Place place_ = Place::kPreamble;
};

}  // namespace lake::http
