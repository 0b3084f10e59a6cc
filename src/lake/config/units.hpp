#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lake::config {

/// Reads "512MB" (powers of 1000), "2GiB" (powers of 1024), "1.5 TiB", "4096" or "4096B" as bytes; the case
/// of letters does not matter. Nothing for other text or more than 2^63 - 1.
std::optional<std::uint64_t> size_of(std::string_view text);
/// The shortest exact form: "128MiB", "500MB", "123B".
std::string size_text(std::uint64_t bytes);

/// Reads "250ms", "10s", "5min", "1h", "7d" or "0". Nothing for other text, and beyond 10,000 years.
std::optional<std::chrono::milliseconds> duration_of(std::string_view text);
/// The shortest exact form: "7d", "90s".
std::string duration_text(std::chrono::milliseconds duration);

/// Reads "60%" or "60". Nothing for other text and beyond 100.
std::optional<std::uint64_t> percent_of(std::string_view text);

/// Reads a number without sign.
std::optional<std::uint64_t> number_of(std::string_view text);

}  // namespace lake::config
