#pragma once

#include <string>
#include <string_view>

namespace lake::codec {

/// a "b" -> "a ""b""", safe as a name inside SQL text.
std::string quoted_name(std::string_view name);
/// it's -> 'it''s', safe as a literal inside SQL text.
std::string quoted_text(std::string_view text);

}  // namespace lake::codec
