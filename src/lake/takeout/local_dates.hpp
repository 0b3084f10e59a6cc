#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "lake/takeout/times.hpp"

namespace lake::takeout {

/// A date and time as a page of an export writes it for people, before its zone is applied.
struct LocalDate {
  std::int64_t local_us = 0;  // the wall clock's, as if it were UTC
  bool has_seconds = true;
  std::string_view zone;  // "CET", "GMT+8"; empty when there is none
};

/// "Mar 8, 2018, 5:14:40 PM [CET]", "31 Jan 2018, 22:54:50 BST", "31.01.2018, 22:54:50 MEZ", "2018/01/31
/// 22:54:50 JST", "1/31/18, 5:14:40 PM" (US order, with AM and PM only): any order that month names, a year
/// of four digits first or last and the separators settle, month names of sixteen languages. English was seen
/// in real files, the others follow CLDR. Nothing for any other text: what merely holds a date is none.
std::optional<LocalDate> parse_local_date(std::string_view text);

/// The zone of a page: without an abbreviation UTC. An abbreviation is that of the account's zone when the
/// export was made, and holds for all rows; one that means several zones is settled by the account's zone
/// when it is known.
Timestamp with_account_zone(const LocalDate& date, std::string_view account_zone, std::int64_t export_us);

}  // namespace lake::takeout
