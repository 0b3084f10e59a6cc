#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

std::string feature(const std::string& properties, const std::string& coordinates = "[13.3777, 52.5163]") {
  return R"({"geometry": {"coordinates": )" + coordinates + R"(, "type": "Point"}, "properties": {)" +
         properties + R"(}, "type": "Feature"})";
}
const std::string kHead = R"({"type": "FeatureCollection", "features": [)";

TEST(MapsPlaces, SavedOnesOfBothSpellings) {
  const std::string first = feature(R"("google_maps_url": "u", "date": "1970-01-01T00:00:01Z")");
  const std::string row = "saved_place: ts_us=1000000 url=u lat_e7=525163000 lon_e7=133777000";
  expect_cases(
      kSavedPlaces, "Takeout/Maps (Meine Orte)/Gespeicherte Orte.json",
      {{"newer",
        kHead + first + "," +
            feature(
                R"("date": "1970-01-01T00:00:02Z", "google_maps_url": "v", "location": {"address": "a", "country_code": "DE", "name": "n", "x": 1}, "Comment": "c")",
                "[0, 0]") +
            "]}",
        {row,
         R"(saved_place: ts_us=2000000 url=v name=n address=a country_code=DE comment=c extra={"properties.location.x":1})"}},
       {"older",
        kHead + first + "," +
            feature(
                R"("Google Maps URL": "v", "Location": {"Geo Coordinates": {"Latitude": "52.5163000", "Longitude": "13.3777000"}, "Business Name": "b"}, "Published": "1970-01-01T00:00:02Z")",
                "[0.0, 0.0]") +
            "]}",
        {row, "saved_place: ts_us=2000000 url=v name=b lat_e7=525163000 lon_e7=133777000"}},
       {"coordinates of another form, another geometry, another member of the file",
        kHead + first + "," +
            R"({"geometry": {"coordinates": [1, 2, 3], "type": "Line"}, "properties": {"google_maps_url": "v"}}], "more": 1})",
        {row, R"(saved_place: url=v extra={"geometry.coordinates":[1, 2, 3],"geometry.type":"Line"})",
         "raw_json: idx=3 path=Maps (Meine Orte)/Gespeicherte Orte.json product=Maps (Meine Orte) "
         "member=more "
         "doc=1"}},
       {"nothing to tell it by",
        kHead + first + "," + feature(R"("x": 1)") + "]}",
        {row},
        {rejected("no name", kHead + first + ",", feature(R"("x": 1)"))}},
       {"a cut file", kHead + first + R"(,{"geo)", {row}}});
}

TEST(MapsPlaces, Reviews) {
  expect_cases(
      kPlaceReviews, "Takeout/Maps (your places)/Reviews.json",
      {{"every member there is",
        kHead +
            feature(
                R"("date": "1970-01-01T00:00:01Z", "five_star_rating_published": 4, "google_maps_url": "u", "location": {"name": "n"}, "questions": [{"question": "q"}], "review_text_published": "t", "comment": "c")") +
            "]}",
        {R"(place_review: ts_us=1000000 url=u rating=4 text=t questions=[{"question": "q"}] name=n lat_e7=525163000 lon_e7=133777000 extra={"properties.comment":"c"})"}}});
}

TEST(MapsPlaces, LabelsHaveNoTime) {
  expect_cases(
      kLabeledPlaces, "Takeout/Maps/My labeled places/Labeled places.json",
      {{"one with a name and one without",
        kHead + feature(R"("name": "Home", "address": "a")") + "," + feature(R"("address": "b")") + "]}",
        {"labeled_place: name=Home address=a lat_e7=525163000 lon_e7=133777000"},
        {rejected("no name", kHead + feature(R"("name": "Home", "address": "a")") + ",",
                  feature(R"("address": "b")"))}}});
}

}  // namespace
}  // namespace lake::takeout
