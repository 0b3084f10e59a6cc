#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/query/session.hpp"

namespace lake::ingest {

/// A view of the schema `takeout` over the tables that are there, or a table macro.
struct TakeoutView {
  std::string name;
  std::string select;
  std::string about;            // one sentence for people: the beginning of its comment
  std::string parameters = {};  // of a macro, as SQL has them; empty: a view
};

/// The views over these tables of the schema:
/// - timeline: everything with a time, one line each. Filter by `ts_us`: only that reaches the files of the
/// tables.
/// - daily_activity: how much of what on each day (UTC).
/// - places: every place that has a name, an address or an id, with how often and when it was visited.
/// - items: each entry of each archive, with what became of it.
/// - lineage: which archives each table came from.
/// - location: every place with a time of the location history, in degrees and in degrees times 1e7.
/// - location_within(west, south, east, north, since, until): those of it within a box, which may pass 180
/// degrees, and a span of time; both reach the files of the tables.
/// - <table>_lonlat: a table with degrees beside its columns of degrees times 1e7.
/// Rows of sensitive tables are in the timeline without a text. Views over no table at all are left out.
std::vector<TakeoutView> takeout_views(const std::set<std::string, std::less<>>& tables);

/// Makes the views that are missing or differ; nothing is written when none do. Idempotent; in one
/// transaction. Errors: those of Session.
Status make_takeout_views(query::Session& session);

}  // namespace lake::ingest
