#include "lake/http/blob_conditions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace lake::http {

namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// Digits only, not too many.
std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Tags {
  bool any = false;
  std::vector<codec::Sha256> ours;
};

/// A list of entity tags. `weak`: W/"..." counts as the tag it holds.
Tags tags_of(std::string_view header, bool weak) {
  Tags tags;
  while (!header.empty()) {
    const auto comma = header.find(',');
    auto tag = trimmed(header.substr(0, comma));
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    if (tag == "*") tags.any = true;
    if (weak && tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() < 2 || tag.front() != '"' || tag.back() != '"') continue;
    if (const auto hash = codec::sha256_of_hex(tag.substr(1, tag.size() - 2))) tags.ours.push_back(*hash);
  }
  return tags;
}

bool holds(const Tags& tags, const codec::Sha256& hash) {
  return tags.any || std::find(tags.ours.begin(), tags.ours.end(), hash) != tags.ours.end();
}

Error bad_digest(const char* header) {
  return {ErrorCode::kInvalidArgument, std::string(header) + " is not a SHA-256 as this header has it"};
}

/// "sha-256=:<base64>:" among others, or with `bare` "SHA-256=<base64>".
Result<std::optional<codec::Sha256>> digest_in(std::string_view header, bool bare, const char* name) {
  while (!header.empty()) {
    const auto comma = header.find(',');
    const auto item = trimmed(header.substr(0, comma));
    header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
    std::string algorithm(item.substr(0, item.find('=')));
    for (char& c : algorithm) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    if (algorithm != "sha-256" || algorithm.size() == item.size()) continue;
    auto value = item.substr(algorithm.size() + 1);
    if (!bare) {
      if (value.size() < 2 || value.front() != ':' || value.back() != ':') return bad_digest(name);
      value = value.substr(1, value.size() - 2);
    }
    const auto hash = codec::sha256_of_base64(value);
    if (!hash) return bad_digest(name);
    return hash;
  }
  return std::optional<codec::Sha256>();
}

}  // namespace

AskedRange asked_range(const std::string* header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (header == nullptr || !header->starts_with(kUnit)) return {};
  const auto range = trimmed(std::string_view(*header).substr(kUnit.size()));
  const auto dash = range.find('-');
  if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return {};
  const auto first = number_of(range.substr(0, dash));
  const auto last = number_of(range.substr(dash + 1));
  if (dash == 0) {
    if (!last) return {};
    if (*last == 0 || size == 0) return {AskedRange::Kind::kUnsatisfiable, 0, 0};
    const auto bytes = std::min(*last, size);
    return {AskedRange::Kind::kPart, size - bytes, bytes};
  }
  const bool open = dash + 1 == range.size();
  if (!first || (!last && !open) || (last && *last < *first)) return {};
  if (*first >= size) return {AskedRange::Kind::kUnsatisfiable, 0, 0};
  const auto end = open ? size : std::min(size - 1, *last) + 1;
  return {AskedRange::Kind::kPart, *first, end - *first};
}

std::string etag_of(const codec::Sha256& hash) { return "\"" + codec::hex_of(hash) + "\""; }

blobs::Conditions conditions_of(const Request& request) {
  blobs::Conditions conditions;
  if (const auto* match = request.header("if-match")) {
    auto tags = tags_of(*match, false);
    conditions.must_exist = true;
    if (!tags.any) conditions.match = std::move(tags.ours);
  }
  if (const auto* none = request.header("if-none-match")) {
    auto tags = tags_of(*none, true);
    conditions.must_not_exist = tags.any;
    conditions.none_match = std::move(tags.ours);
  }
  return conditions;
}

ReadVerdict verdict_of(const Request& request, const codec::Sha256& hash, const std::string& last_modified) {
  if (const auto* match = request.header("if-match");
      match != nullptr && !holds(tags_of(*match, false), hash))
    return ReadVerdict::kFailed;
  if (const auto* none = request.header("if-none-match"))
    return holds(tags_of(*none, true), hash) ? ReadVerdict::kNotModified : ReadVerdict::kGo;
  const auto* since = request.header("if-modified-since");
  return since != nullptr && *since == last_modified ? ReadVerdict::kNotModified : ReadVerdict::kGo;
}

bool allows_range(const Request& request, const codec::Sha256& hash, const std::string& last_modified) {
  const auto* condition = request.header("if-range");
  if (condition == nullptr) return true;
  if (condition->find('"') == std::string::npos) return *condition == last_modified;
  const auto tags = tags_of(*condition, false);
  return !tags.any && holds(tags, hash);
}

Result<std::optional<codec::Sha256>> told_hash(const Request& request) {
  if (const auto* hex = request.header("x-content-sha256")) {
    const auto hash = codec::sha256_of_hex(*hex);
    if (!hash) return bad_digest("X-Content-Sha256");
    return hash;
  }
  for (const auto* name : {"repr-digest", "content-digest", "digest"}) {
    const auto* header = request.header(name);
    if (header == nullptr) continue;
    LAKE_TRY(const auto hash, digest_in(*header, std::string_view(name) == "digest", name));
    if (hash) return hash;
  }
  return std::optional<codec::Sha256>();
}

std::string http_date(std::int64_t micros) {
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  using namespace std::chrono;  // NOLINT(google-build-using-namespace): its calendar
  const sys_time<microseconds> time{microseconds(micros)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(floor<seconds>(time - day));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace lake::http
