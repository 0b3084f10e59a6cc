#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lake::takeout {

/// Minutes east of UTC of an IANA zone ("Europe/Berlin") at a time. The rules are those in force since 2007,
/// with the American ones before; zones that are not in the table, and their history, give nothing and the
/// rules of now. Times of exports need no more: Google's products began in 2004.
std::optional<std::int16_t> offset_at(std::string_view zone, std::int64_t utc_us);
/// The same for a wall clock's time (as if it were UTC). A time that occurs twice is the first, one that does
/// not occur is read with the offset before.
std::optional<std::int16_t> offset_of_local(std::string_view zone, std::int64_t local_us);

/// Minutes of an abbreviation that means one zone only: "CEST", "MESZ", "JST", "UTC"; "GMT+8", "UTC-03:30".
/// Nothing for those that mean several ("IST", "CST", "BST") and unknown ones.
std::optional<std::int16_t> offset_of_abbreviation(std::string_view text);
/// For an abbreviation of several zones, the one that speaks English and is largest.
std::optional<std::int16_t> likely_offset_of_abbreviation(std::string_view text);

}  // namespace lake::takeout
