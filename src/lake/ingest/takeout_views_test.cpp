#include "lake/ingest/takeout_views.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "lake/ingest/takeout_timeline.hpp"
#include "lake/takeout/photo_tables.hpp"
#include "lake/takeout/product.hpp"

namespace lake::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string select_of(const std::vector<TakeoutView>& views, std::string_view name) {
  for (const auto& view : views) {
    if (view.name == name) return view.select;
  }
  return "";
}

std::vector<std::string> names_of(const std::vector<TakeoutView>& views) {
  std::vector<std::string> names;
  for (const auto& view : views) names.push_back(view.name);
  return names;
}

/// Of what a version tells: an event of its own is not.
bool is_about_a_version(std::string_view column) {
  return column == "server_us" || column == "device_us" || column == "modified_us" ||
         column == "updated_us" || column == "recurrence_us" || column == "edited_us" ||
         column == "published_us";
}

TEST(TakeoutViewsTest, every_table_of_a_parser_with_a_time_is_in_the_timeline_or_told_to_be_left_out) {
  for (const auto* spec : takeout::all_tables()) {
    const bool has_time = std::any_of(spec->columns.begin(), spec->columns.end(), [](const auto& column) {
      return column.name.ends_with("_us") && column.type == takeout::ColumnType::kInt64 &&
             !is_about_a_version(column.name);
    });
    const auto of_table = [&](const auto& each) { return each.table == spec->name; };
    const auto shown = std::count_if(timeline_sources().begin(), timeline_sources().end(), of_table);
    const auto left = std::count_if(not_in_timeline().begin(), not_in_timeline().end(), of_table);
    if (has_time) {
      EXPECT_EQ(shown + left, 1) << spec->name;
    }
    EXPECT_LE(shown, 1) << spec->name;
  }
}

TEST(TakeoutViewsTest, sources_name_tables_and_times_that_are_there) {
  const auto spec_of = [](std::string_view name) -> const takeout::TableSpec* {
    for (const auto* spec : takeout::all_tables()) {
      if (spec->name == name) return spec;
    }
    return name == "photo" ? &takeout::kPhoto : nullptr;
  };
  for (const auto& source : timeline_sources()) {
    const auto* spec = spec_of(source.table);
    ASSERT_NE(spec, nullptr) << source.table;
    EXPECT_LT(spec->position(source.time), spec->columns.size()) << source.table;
    if (source.has_place) {
      EXPECT_LT(spec->position(std::string(source.place) + "lat_e7"), spec->columns.size()) << source.table;
    }
  }
  for (const auto& source : place_sources()) EXPECT_NE(spec_of(source.table), nullptr) << source.table;
}

TEST(TakeoutViewsTest, no_tables_make_no_views) { EXPECT_THAT(takeout_views({}), IsEmpty()); }

TEST(TakeoutViewsTest, only_tables_that_are_there_are_read) {
  const auto views = takeout_views({"task", "import_entry", "somebody_elses"});
  EXPECT_THAT(names_of(views), ElementsAre("timeline", "daily_activity"));
  EXPECT_THAT(select_of(views, "timeline"), HasSubstr("takeout.\"task\""));
  EXPECT_THAT(select_of(views, "timeline"), Not(HasSubstr("UNION ALL")));
  EXPECT_THAT(names_of(takeout_views({"import_entry", "import_part"})), ElementsAre("items", "drive_file"));
}

TEST(TakeoutViewsTest, sensitive_tables_show_no_text) {
  const auto sql = select_of(takeout_views({"keep_note"}), "timeline");
  EXPECT_THAT(sql, HasSubstr("NULL::VARCHAR AS title"));
  EXPECT_THAT(sql, HasSubstr("true AS is_sensitive"));
}

TEST(TakeoutViewsTest, places_of_the_location_history_are_found_over_the_tables_that_are_there) {
  const auto views = takeout_views({"location_point", "travel_segment"});
  const auto sql = select_of(views, "location");
  EXPECT_THAT(sql, HasSubstr("takeout.\"location_point\""));
  EXPECT_THAT(sql, HasSubstr("end_lat_e7 AS lat_e7, 'arrival' AS kind"));
  EXPECT_THAT(sql, Not(HasSubstr("place_visit")));
  EXPECT_THAT(select_of(views, "location_within"), HasSubstr("takeout.location"));
  EXPECT_EQ(select_of(takeout_views({"task"}), "location_within"), "");
}

TEST(TakeoutViewsTest, a_table_with_places_has_a_view_in_degrees) {
  const auto views = takeout_views({"travel_segment", "task"});
  const auto sql = select_of(views, "travel_segment_lonlat");
  EXPECT_THAT(sql, HasSubstr(R"(AS "start_lat")"));
  EXPECT_THAT(sql, HasSubstr(R"(AS "end_lon")"));
  EXPECT_EQ(select_of(views, "task_lonlat"), "");
}

}  // namespace
}  // namespace lake::ingest
