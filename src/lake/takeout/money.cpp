#include "lake/takeout/money.hpp"

#include <array>

namespace lake::takeout {
namespace {

constexpr std::array<std::string_view, 8> kWithoutMinor = {"JPY", "¥", "￥", "KRW", "₩", "VND", "₫", "CLP"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes a space of any kind from the front or back.
bool trim_space(std::string_view& text) {
  for (const std::string_view space : {" ", "\u00a0", "\u202f"}) {
    if (text.starts_with(space)) {
      text.remove_prefix(space.size());
      return true;
    }
    if (text.ends_with(space)) {
      text.remove_suffix(space.size());
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<Money> parse_money(std::string_view text) {
  const auto first = text.find_first_of("0123456789");
  if (first == std::string_view::npos) return std::nullopt;
  const auto last = text.find_last_of("0123456789");
  auto before = text.substr(0, first);
  auto behind = text.substr(last + 1);
  bool is_negative = false;
  for (const std::string_view minus : {"-", "−"}) {
    const auto at = before.find(minus);
    if (at == std::string_view::npos) continue;
    is_negative = true;
    // The sign stands before or behind the currency.
    before = at == 0 ? before.substr(minus.size()) : before.substr(0, at);
  }
  while (trim_space(before)) {
  }
  while (trim_space(behind)) {
  }
  if (!before.empty() && !behind.empty()) return std::nullopt;
  Money money;
  money.currency = before.empty() ? behind : before;
  if (money.currency.size() > 8) return std::nullopt;
  std::size_t behind_separator = 0;
  bool separated = false;
  const auto digits = text.substr(first, last - first + 1);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (is_digit(digits[i])) {
      ++behind_separator;
      if (__builtin_mul_overflow(money.minor, 10, &money.minor) ||
          __builtin_add_overflow(money.minor, digits[i] - '0', &money.minor))
        return std::nullopt;
      continue;
    }
    if (digits[i] == '.' || digits[i] == ',' || digits[i] == '\'') {
      separated = true;
      behind_separator = 0;
      continue;
    }
    auto rest = digits.substr(i);
    const auto size = rest.size();
    if (!trim_space(rest)) return std::nullopt;
    i += size - rest.size() - 1;
    separated = true;
    behind_separator = 0;
  }
  bool has_minor = true;
  for (const auto currency : kWithoutMinor) has_minor = has_minor && money.currency != currency;
  const bool has_hundredths = separated && behind_separator == 2;
  if (separated && behind_separator != 2 && behind_separator != 3) return std::nullopt;
  if (has_minor && !has_hundredths && __builtin_mul_overflow(money.minor, 100, &money.minor))
    return std::nullopt;
  if (is_negative) money.minor = -money.minor;
  return money;
}

}  // namespace lake::takeout
