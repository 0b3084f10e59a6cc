#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lake::takeout {

/// A sum as people read it.
struct Money {
  std::int64_t minor = 0;  // hundredths; whole units of currencies that have no smaller ones
  std::string currency;    // code or sign, as the text has it
};

/// "CHF 12.00", "€4,99", "1.234,50 EUR", "-US$4.99", "¥1,200". Two digits behind the last separator are
/// hundredths, three are thousands. Nothing for texts of another form.
std::optional<Money> parse_money(std::string_view text);

}  // namespace lake::takeout
