#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lake/base/result.hpp"

namespace lake::takeout {

/// Minutes east of UTC of an IANA zone ("Europe/Berlin", every name of the time zone database, old ones too)
/// or of an offset ("+02:00", "UTC-03:30") at a time. The table has the changes from 2004 on, when Google's
/// products began; earlier times have the rules of then. Nothing for other names.
std::optional<std::int16_t> offset_at(std::string_view zone, std::int64_t utc_us);
/// The same for a wall clock's time (as if it were UTC). A time that occurs twice is the first, one that does
/// not occur is read with the offset before.
std::optional<std::int16_t> offset_of_local(std::string_view zone, std::int64_t local_us);

/// Why a zone is refused, with the one that may have been meant.
Error unknown_zone(std::string_view name);

/// Minutes of an abbreviation that means one zone only: "CEST", "MESZ", "JST", "UTC"; "GMT+8", "UTC-03:30".
/// Nothing for those that mean several ("IST", "CST", "BST") and unknown ones.
std::optional<std::int16_t> offset_of_abbreviation(std::string_view text);
/// For an abbreviation of several zones, the one that speaks English and is largest.
std::optional<std::int16_t> likely_offset_of_abbreviation(std::string_view text);

}  // namespace lake::takeout
