#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/takeout/json_members.hpp"

namespace lake::takeout {

// Each reads the present member when it has that name, and tells whether it had; so the members of an object
// are one chain: if (text_member(m, "title", title) || time_member(m, "time", time)) continue; m.keep();

inline bool text_member(Members& members, std::string_view key, std::optional<std::string_view>& value) {
  if (members.key() != key) return false;
  members.text(value);
  return true;
}
inline bool integer_member(Members& members, std::string_view key, std::optional<std::int64_t>& value,
                           ColumnType type = ColumnType::kInt64) {
  if (members.key() != key) return false;
  members.integer(value, type);
  return true;
}
inline bool real_member(Members& members, std::string_view key, std::optional<double>& value) {
  if (members.key() != key) return false;
  members.real(value);
  return true;
}
inline bool flag_member(Members& members, std::string_view key, std::optional<bool>& value) {
  if (members.key() != key) return false;
  members.flag(value);
  return true;
}
inline bool raw_member(Members& members, std::string_view key, std::optional<std::string>& value) {
  if (members.key() != key) return false;
  members.raw(value);
  return true;
}
inline bool texts_member(Members& members, std::string_view key, std::vector<std::string_view>& values) {
  if (members.key() != key) return false;
  members.texts(values);
  return true;
}
/// ISO 8601 under `key`, milliseconds since 1970 under `key` with "Ms" behind it, as the years before had it.
inline bool time_member(Members& members, std::string_view key, std::optional<Timestamp>& value) {
  const auto found = members.key();
  if (found == key) {
    members.iso_time(value);
  } else if (found.size() == key.size() + 2 && found.starts_with(key) && found.ends_with("Ms")) {
    members.epoch_time(value, 1000);
  } else {
    return false;
  }
  return true;
}
inline bool epoch_member(Members& members, std::string_view key, std::optional<Timestamp>& value,
                         std::int64_t per_second) {
  if (members.key() != key) return false;
  members.epoch_time(value, per_second);
  return true;
}
/// The member `inner` of the object `key`, what else that object has is kept.
template <class Take>
bool object_member(Members& members, std::string_view key, Take&& take) {
  if (members.key() != key) return false;
  members.object([&take](Members& inner) {
    while (inner.next()) {
      if (!take(inner)) inner.keep();
    }
  });
  return true;
}
/// Calls `begin()` for each object of the array `key`, then `take(inner)` for each of its members.
template <class Begin, class Take>
bool objects_member(Members& members, std::string_view key, Begin&& begin, Take&& take) {
  if (members.key() != key) return false;
  members.objects([&begin, &take](Members& inner) {
    begin();
    while (inner.next()) {
      if (!take(inner)) inner.keep();
    }
  });
  return true;
}

inline std::optional<std::int64_t> micros_of(const std::optional<Timestamp>& time) {
  return time ? std::optional(time->micros) : std::nullopt;
}
/// The offset that the text of a time gave; Z tells nothing of the place, so only a true one counts.
inline std::optional<std::int64_t> offset_of(const std::optional<Timestamp>& time) {
  if (!time || !time->offset_minutes || *time->offset_minutes == 0) return std::nullopt;
  return *time->offset_minutes;
}

}  // namespace lake::takeout
