#include "lake/config/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace lake::config {
namespace {

struct Unit {
  std::string_view name;  // lower case
  std::uint64_t factor;
};

constexpr std::array<Unit, 11> kSizeUnits = {{{"tib", 1ULL << 40U},
                                              {"tb", 1'000'000'000'000},
                                              {"gib", 1ULL << 30U},
                                              {"gb", 1'000'000'000},
                                              {"mib", 1ULL << 20U},
                                              {"mb", 1'000'000},
                                              {"kib", 1ULL << 10U},
                                              {"kb", 1000},
                                              {"b", 1},
                                              {"", 1},
                                              {"bytes", 1}}};
constexpr std::array<std::string_view, 9> kSizeNames = {"TiB", "TB",  "GiB", "GB", "MiB",
                                                        "MB",  "KiB", "kB",  "B"};

constexpr std::array<Unit, 5> kDurationUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::uint64_t kDurationMax = 10'000ULL * 366 * 86'400'000;
constexpr double kSizeMax = 9.2e18;

/// Splits "12.5 MB" into its number and its lower-case unit; nothing when it does not begin with a number.
struct Quantity {
  std::string_view number;
  std::string unit;
};
std::optional<Quantity> quantity_of(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const auto digits = text.find_first_not_of("0123456789.");
  Quantity quantity{text.substr(0, digits), {}};
  if (quantity.number.empty()) return std::nullopt;
  text.remove_prefix(quantity.number.size());
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  for (const char c : text)
    quantity.unit.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  return quantity;
}

}  // namespace

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> size_of(std::string_view text) {
  const auto quantity = quantity_of(text);
  if (!quantity) return std::nullopt;
  for (const auto& unit : kSizeUnits) {
    if (quantity->unit != unit.name) continue;
    if (const auto whole = number_of(quantity->number)) {
      if (*whole > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
      return *whole * unit.factor;
    }
    double number = 0;
    const std::string_view digits = quantity->number;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const double bytes = number * static_cast<double>(unit.factor);
    if (error != std::errc() || end != digits.data() + digits.size() || bytes > kSizeMax) return std::nullopt;
    return static_cast<std::uint64_t>(std::llround(bytes));
  }
  return std::nullopt;
}

std::string size_text(std::uint64_t bytes) {
  std::size_t best = kSizeNames.size() - 1;
  std::uint64_t least = bytes;
  for (std::size_t i = 0; i < kSizeNames.size() && bytes > 0; ++i) {
    if (bytes % kSizeUnits[i].factor == 0 && bytes / kSizeUnits[i].factor < least) {
      best = i;
      least = bytes / kSizeUnits[i].factor;
    }
  }
  return std::to_string(least) + std::string(kSizeNames[best]);
}

std::optional<std::chrono::milliseconds> duration_of(std::string_view text) {
  const auto quantity = quantity_of(text);
  if (!quantity) return std::nullopt;
  const auto number = number_of(quantity->number);
  if (!number) return std::nullopt;
  if (quantity->unit.empty())
    return *number == 0 ? std::optional(std::chrono::milliseconds(0)) : std::nullopt;
  for (const auto& unit : kDurationUnits) {
    if (quantity->unit != unit.name) continue;
    if (*number > kDurationMax / unit.factor) return std::nullopt;
    return std::chrono::milliseconds(*number * unit.factor);
  }
  return std::nullopt;
}

std::string duration_text(std::chrono::milliseconds duration) {
  const auto millis = static_cast<std::uint64_t>(duration.count());
  if (millis == 0) return "0";
  for (const auto& unit : kDurationUnits) {
    if (millis % unit.factor == 0) return std::to_string(millis / unit.factor) + std::string(unit.name);
  }
  return std::to_string(millis) + "ms";
}

std::optional<std::uint64_t> percent_of(std::string_view text) {
  if (!text.empty() && text.back() == '%') text.remove_suffix(1);
  const auto number = number_of(text);
  return number && *number <= 100 ? number : std::nullopt;
}

}  // namespace lake::config
