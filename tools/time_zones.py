#!/usr/bin/env python3
"""Writes src/lake/takeout/zone_table.hpp from the machine's time zone database (public domain), for all names it has.

usage: time_zones.py [--write]

Without --write it says whether the file is what would be written; another release of the database may make it differ.
A zone is a list of eras: until when, standard offset, and the rule by which clocks change in it. Offsets are asked for
from 2004 to 2037; the last era goes on for ever, the first one back.
"""
import argparse
import datetime
import pathlib
import sys
import zoneinfo

TABLE = pathlib.Path(__file__).resolve().parent.parent / "src/lake/takeout/zone_table.hpp"
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
FIRST_YEAR, LAST_YEAR = 2004, 2037
FOREVER = 2**31 - 1
DAY = 1440
LEFT_OUT = ("posix/", "right/")
NO_ZONES = ("Factory", "localtime", "posixrules")


def minute_of(year, month, day):
    return int((datetime.datetime(year, month, day, tzinfo=UTC) - EPOCH).total_seconds()) // 60


def changes_of(zone):
    """The first offset, and each change as (UTC minute, offset from then on)."""
    def offset(minute):
        return int((EPOCH + datetime.timedelta(minutes=minute)).astimezone(zone).utcoffset().total_seconds()) // 60

    begin, end = minute_of(FIRST_YEAR, 1, 1), minute_of(LAST_YEAR + 1, 1, 1)
    before = first = offset(begin)
    changes = []
    for minute in range(begin + DAY, end + 1, DAY):
        now = offset(minute)
        if now == before:
            continue
        low, high = minute - DAY, minute
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(middle) == before else (low, middle)
        changes.append((high, now))
        before = now
    return first, changes


def day_of_rule(year, month, week, weekday):
    """Days since 1970; weekday 0 is Sunday, week 5 the last."""
    first = datetime.date(year, month, 1)
    day = first + datetime.timedelta(days=(weekday - (first.weekday() + 1)) % 7 + 7 * (week - 1))
    while day.month != month:
        day -= datetime.timedelta(days=7)
    return (day - datetime.date(1970, 1, 1)).days


def when(rule_part, year, offset_before):
    month, week, weekday, minute = rule_part
    return day_of_rule(year, month, week, weekday) * DAY + minute - offset_before


def changes_by(rule, standard, begin, end):
    """Changes of a rule in [begin, end), as changes_of() gives them."""
    start, stop, save = rule
    first = (EPOCH + datetime.timedelta(minutes=begin)).year - 1
    last = (EPOCH + datetime.timedelta(minutes=min(end, minute_of(LAST_YEAR + 1, 1, 1)))).year
    found = []
    for year in range(first, last + 1):
        found.append((when(start, year, standard), standard + save))
        found.append((when(stop, year, standard + save), standard))
    return [change for change in sorted(found) if begin <= change[0] < end]


def rule_parts(minute, offset_before):
    """The ways to say on which day of a year a change is."""
    local = minute + offset_before
    ways = []
    for back in (0, DAY):  # the day before, at 24:00 and later
        date = datetime.date(1970, 1, 1) + datetime.timedelta(days=(local - back) // DAY)
        weekday = (date.weekday() + 1) % 7
        clock = (local - back) % DAY + back
        if (date + datetime.timedelta(days=7)).month != date.month:
            ways.append((date.month, 5, weekday, clock))
        if date.day <= 28:
            ways.append((date.month, (date.day - 1) // 7 + 1, weekday, clock))
        if back == 0 and clock >= 180:
            break
    return ways


def candidates(first, changes, at):
    """Rules that begin with the changes at `at`: (rule, standard offset)."""
    before = changes[at - 1][1] if at > 0 else first
    if at + 1 >= len(changes):
        return
    one, two = changes[at], changes[at + 1]
    if two[1] != before:
        return
    summer, winter = (one, two) if one[1] > before else (two, one)
    standard, save = winter[1], summer[1] - winter[1]
    for start in rule_parts(summer[0], standard):
        for stop in rule_parts(winter[0], standard + save):
            yield (start, stop, save), standard


def fitting(first, changes, at, end):
    """The rule that holds longest from the change at `at`: (changes that it covers, rule, standard offset)."""
    best = (0, None, 0)
    for rule, standard in candidates(first, changes, at):
        made = changes_by(rule, standard, changes[at][0], end)
        count = 0
        while count < len(made) and at + count < len(changes) and made[count] == changes[at + count]:
            count += 1
        if count == len(made) and at + count == len(changes):
            count += 1000  # to the end
        if count > best[0]:
            best = (count, rule, standard)
    return best


def eras_of(name):
    first, changes = changes_of(zoneinfo.ZoneInfo(name))
    end = minute_of(LAST_YEAR + 1, 1, 1)
    eras = []
    at = 0
    offset = first
    while at < len(changes):
        count, rule, standard = fitting(first, changes, at, end)
        if count < 4:
            eras.append((changes[at][0], offset, None))
            offset = changes[at][1]
            at += 1
            continue
        begun = eras[-1][0] if eras else minute_of(FIRST_YEAR, 1, 1)
        early = changes_by(rule, standard, begun, changes[at][0])
        if early or offset_by([(FOREVER, standard, rule)], begun) != offset:
            eras.append((changes[at][0], offset, None))
        if count >= 1000:
            eras.append((FOREVER, standard, rule))
            return eras
        at += count
        offset = changes[at - 1][1]
        # The rule holds until the next change it would make, or the next that there is.
        ends = changes[at][0] if at < len(changes) else end
        made = changes_by(rule, standard, changes[at - 1][0] + 1, end)
        if made:
            ends = min(ends, made[0][0])
        eras.append((ends, standard, rule))
    eras.append((FOREVER, offset, None))
    return eras


def offset_by(eras, minute):
    for until, standard, rule in eras:
        if minute < until:
            if rule is None:
                return standard
            made = changes_by(rule, standard, minute - 800 * DAY, minute + 1)
            return made[-1][1] if made else standard
    raise AssertionError("the last era ends")


def verify(name, eras):
    first, changes = changes_of(zoneinfo.ZoneInfo(name))
    assert offset_by(eras, minute_of(FIRST_YEAR, 1, 1)) == first, name
    before = first
    for minute, offset in changes:
        assert offset_by(eras, minute - 1) == before and offset_by(eras, minute) == offset, (name, minute)
        before = offset


def packed(items, line_max=116):
    lines, line = [], "   "
    for item in items:
        if len(line) + len(item) + 2 > line_max:
            lines.append(line)
            line = "   "
        line += " " + item + ","
    return "\n".join([*lines, line])


def table():
    names = sorted(name for name in zoneinfo.available_timezones() if not name.startswith(LEFT_OUT) and name not in NO_ZONES)
    rules, lists, eras, zones = [], {}, [], []
    for name in names:
        found = eras_of(name)
        verify(name, found)
        key = tuple(found)
        if key not in lists:
            lists[key] = len(eras)
            for until, standard, rule in found:
                if rule is not None and rule not in rules:
                    rules.append(rule)
                eras.append((until, standard, 0 if rule is None else rules.index(rule) + 1))
        zones.append((name, lists[key]))
    part = "{{{}, {}, {}, {}}}".format
    return f"""#pragma once

#include <array>
#include <cstdint>
#include <string_view>

// Written by tools/time_zones.py from the time zone database, which is in the public domain.

namespace lake::takeout::zone_table {{

/// A day of each year, and the wall clock's minute in it, before the change. Week 5 is the last; weekday 0 is Sunday.
struct RuleDay {{
  std::uint8_t month;
  std::uint8_t week;
  std::uint8_t weekday;
  std::int16_t minute;
}};
struct Rule {{
  RuleDay summer;
  RuleDay winter;
  std::int16_t save;
}};
/// Until a minute since 1970 (UTC), the last for ever. rule: 0 = none, else one more than its place in kRules.
struct Era {{
  std::int32_t until;
  std::int16_t standard;
  std::uint8_t rule;
}};
struct Zone {{
  std::string_view name;
  std::uint16_t first_era;
}};

// clang-format off
inline constexpr std::array<Rule, {len(rules)}> kRules = {{{{
{packed("{" + part(*start) + ", " + part(*stop) + f", {save}}}" for start, stop, save in rules)}
}}}};

inline constexpr std::array<Era, {len(eras)}> kEras = {{{{
{packed("{%d, %d, %d}" % era for era in eras)}
}}}};

/// By name.
inline constexpr std::array<Zone, {len(zones)}> kZones = {{{{
{packed('{"%s", %d}' % zone for zone in zones)}
}}}};
// clang-format on

}}  // namespace lake::takeout::zone_table
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true")
    text = table()
    if parser.parse_args().write:
        TABLE.write_text(text, encoding="utf-8")
    elif not TABLE.exists() or TABLE.read_text(encoding="utf-8") != text:
        sys.exit(f"{TABLE.name} is not what this machine's time zone database gives; --write writes it")


if __name__ == "__main__":
    main()
