#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lake/takeout/times.hpp"

namespace lake::takeout {

// What the headers of mail are made of (RFC 5322, 2047, 2231), read as leniently as mail is written. Values
// are unfolded lines without line ends. Every result is well-formed UTF-8. Bounds: results are at most a
// small multiple of the value.

/// "=?UTF-8?Q?=C3=85pnet?= ..." -> text. Words beside each other are joined, also in the middle of a
/// character.
std::string decoded_words(std::string_view value);

struct Address {
  std::string name;
  std::string addr;  // as it stands; empty for a name alone
};
/// The addresses of a From, To or Cc header; members of groups among them. At most kAddressesMax.
std::vector<Address> parse_addresses(std::string_view value);
inline constexpr std::size_t kAddressesMax = 10'000;

/// "text/plain; charset=utf-8; name*0*=UTF-8''%C3%A4".
struct ParameterValue {
  std::string value;                                            // lower-case
  std::vector<std::pair<std::string, std::string>> parameters;  // names lower-case
  /// Empty when there is none.
  [[nodiscard]] std::string_view parameter(std::string_view name) const;
};
ParameterValue parse_parameters(std::string_view header);

/// "Mon, 26 May 2025 22:18:04 +0200 (CEST)", without weekday or seconds, with years of two digits and zones
/// of letters.
std::optional<Timestamp> parse_mail_date(std::string_view value);

/// The line between the messages of an mbox: "From 1833215653612141880@xxx Mon May 26 20:18:05 +0000 2025".
struct Separator {
  std::string_view sender;
  std::optional<Timestamp> time;
};
/// Nothing when the line is text that happens to begin with "From ".
std::optional<Separator> parse_separator(std::string_view line);

/// "<a@b> <c@d>" -> those between the brackets, which stay away.
std::vector<std::string> message_ids(std::string_view value);
/// Texts between commas; quotes hold a text with commas together.
std::vector<std::string> split_labels(std::string_view text);

}  // namespace lake::takeout
