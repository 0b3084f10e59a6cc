#pragma once

#include <string>
#include <string_view>

namespace lake::takeout {

/// `bytes` as well-formed UTF-8, read as mail and cards declare them. Charsets lie: what is UTF-8 is UTF-8
/// whatever an eight-bit name says, ASCII and no name mean Windows-1252 where bytes above 127 are no UTF-8.
/// Charsets that mail used are known by name, others are read like no name. What cannot be read is U+FFFD,
/// and `was_repaired` is set.
std::string utf8_of(std::string_view bytes, std::string_view charset, bool& was_repaired);

}  // namespace lake::takeout
