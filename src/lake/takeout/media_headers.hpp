#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lake/takeout/content.hpp"
#include "lake/takeout/places_e7.hpp"

namespace lake::takeout {

/// What the header of a picture or film tells of itself. Everything may be missing or lie.
struct MediaHeader {
  std::string_view mime;  // of what the first bytes are
  std::optional<std::int64_t> width;
  std::optional<std::int64_t> height;
  /// EXIF's DateTimeOriginal: the wall clock's, as if it were UTC; with the offset, if it is told.
  std::optional<std::int64_t> local_us;
  std::optional<std::int64_t> offset_minutes;
  /// A film's: UTC.
  std::optional<std::int64_t> film_us;
  std::optional<std::int64_t> duration_ms;
  std::optional<PlaceE7> place;
  std::optional<double> altitude_m;
  std::optional<std::int64_t> orientation;
  std::string camera_make;
  std::string camera_model;
};

/// The kind of medium that begins with these bytes; empty for anything else.
std::string_view media_mime(std::string_view head);

/// Reads the header of a medium of that kind (JPEG, HEIC, AVIF, PNG, GIF, WebP, MP4, MOV). Reads at most
/// kMediaHeadBytes of a picture; a film is read until its header, which may stand at its end. Memory:
/// kMediaHeadBytes. Nothing in the bytes is an error: what is not there or out of bounds is missing.
inline constexpr std::size_t kMediaHeadBytes = 256U << 10U;
MediaHeader read_media_header(std::string_view mime, Content& content);

/// The members of a TIFF structure, as EXIF has it; offsets count from the text's first byte.
void read_exif(std::string_view tiff, MediaHeader& header);

}  // namespace lake::takeout
