// GPX, TCX, KML and GeoJSON, and what is common to those that are XML.
#include <gmock/gmock.h>

#include "lake/takeout/file_products.hpp"
#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/xml_records.hpp"

namespace lake::takeout {
namespace {

const std::string kXml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

TEST(XmlRecordsTest, the_root_is_found_behind_declarations) {
  EXPECT_EQ(xml_root("\xEF\xBB\xBF<?xml version='1.0'?><!-- x --><!DOCTYPE a><gx:kml a='b'>"), "kml");
  EXPECT_EQ(xml_root("<gpx>"), "gpx");
  EXPECT_EQ(xml_root("<!DOCTYPE gpx [<!ENTITY a \"<b>\">]><gpx>"), "gpx");
  for (const std::string_view text : {"", "gpx", "<?xml", "<!-- <gpx>", "{\"a\":1}"})
    EXPECT_EQ(xml_root(text), "") << text;
}

TEST(GpxTest, situations) {
  const std::string begin = kXml + "<gpx xmlns=\"urn:gpx\" version=\"1.1\">";
  const std::string no_place = "<trkpt lat=\"91\" lon=\"2\"><time>2019-08-12T05:14:08Z</time></trkpt>";
  const std::string track = begin + "<trk><trkseg>";
  expect_cases(
      kGpx, "tracks/a.gpx",
      {{"a waypoint, a route, tracks",
        begin + "<metadata><name>file</name></metadata><wpt lat=\"48.8566\" "
                "lon=\"2.3522\"><ele>35.5</ele><time>2019-08-12T05:14:08Z</time>"
                "<name>Paris &amp; more</name><desc>d</desc><cmt>c</cmt><sym>Flag</sym><type>t</type><link "
                "href=\"https://x.example.com\"/><fix>3d</fix></wpt>"
                "<rte><name>R</name><rtept lat=\"1\" lon=\"-2.5\"/></rte>"
                "<trk><name>first</name><trkseg><trkpt lat=\"1.00000005\" "
                "lon=\"2\"><ele>1</ele><time>2019-08-12T07:14:08+02:00</time><speed>1.5</speed>"
                "<extensions><gpxtpx:TrackPointExtension><gpxtpx:hr>120</gpxtpx:hr><gpxtpx:cad>80</"
                "gpxtpx:cad></gpxtpx:TrackPointExtension>"
                "</extensions></trkpt></trkseg></trk><trk><trkseg/><trkseg><trkpt lat=\"3\" "
                "lon=\"4\"><time>soon</time></trkpt></trkseg></trk></gpx>\n",
        {"gpx_waypoint: position=0 path=tracks/a.gpx ts_us=1565586848000000 lat_e7=488566000 lon_e7=23522000 "
         "ele_m=35.500000 "
         "name=Paris & more description=d comment=c symbol=Flag type=t url=https://x.example.com "
         "extra={\"fix\":\"3d\"}",
         "gpx_point: path=tracks/a.gpx kind=route track=0 position=1 name=R lat_e7=10000000 lon_e7=-25000000",
         "gpx_point: ts_us=1565586848000000 path=tracks/a.gpx kind=track track=0 segment=0 position=2 "
         "name=first lat_e7=10000001 "
         "lon_e7=20000000 ele_m=1.000000 speed_mps=1.500000 heart_rate=120 cadence=80 "
         "extra={\"extensions.TrackPointExtension.hr\":\"120\",\"extensions.TrackPointExtension.cad\":"
         "\"80\"}",
         "gpx_point: path=tracks/a.gpx kind=track track=1 segment=2 position=3 lat_e7=30000000 "
         "lon_e7=40000000 extra={\"time\":\"soon\"}"}},
       {"a point beyond the globe keeps its bytes",
        track + no_place + "<trkpt lat=\"1\" lon=\"2\"/></trkseg></trk></gpx>",
        {"gpx_point: path=tracks/a.gpx kind=track track=0 segment=0 position=1 lat_e7=10000000 "
         "lon_e7=20000000"},
        {rejected("no place", track, no_place)}}});
}

TEST(GpxTest, a_file_that_breaks_keeps_what_was_before) {
  const std::string good = kXml + "<gpx><wpt lat=\"1\" lon=\"2\"/>";
  struct Case {
    const char* situation;
    std::string rest;
    const char* reason;
  };
  for (const auto& each :
       {Case{"cut", "<wpt lat=\"1\" lon=\"2\"><name>x", "no XML: no element found"},
        Case{"a tag that was never opened", "</wpt>", "no XML: mismatched tag"},
        Case{"wrong UTF-8", "<wpt lat=\"1\" lon=\"2\"><name>\xFF</name></wpt></gpx>",
             "no XML: not well-formed (invalid token)"},
        Case{"an entity nobody declared", "<name>&lol;</name></gpx>", "no XML: undefined entity"}}) {
    for (const std::size_t chunk : {SIZE_MAX, std::size_t{1}}) {
      const auto parsed = parse(kGpx, "a.gpx", good + each.rest, chunk);
      EXPECT_EQ(parsed.rows.size(), 1U) << each.situation;
      EXPECT_FALSE(parsed.end.is_complete) << each.situation;
      EXPECT_EQ(parsed.end.reason, each.reason) << each.situation;
      EXPECT_GE(parsed.end.offset, good.size()) << each.situation;
    }
  }
}

TEST(XmlRecordsTest, entities_of_its_own_are_refused) {
  const auto parsed = parse(kGpx, "a.gpx",
                            kXml +
                                "<!DOCTYPE gpx [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><gpx><wpt "
                                "lat=\"1\" lon=\"2\"><name>&b;</name></wpt></gpx>");
  EXPECT_FALSE(parsed.end.is_complete);
  EXPECT_EQ(parsed.end.reason, "it declares entities");
  EXPECT_TRUE(parsed.rows.empty());
}

TEST(XmlRecordsTest, other_files_are_not_opened) {
  const auto parsed = parse(kGpx, "a.gpx",
                            kXml +
                                "<!DOCTYPE gpx SYSTEM \"file:///etc/passwd\"><gpx><wpt lat=\"1\" "
                                "lon=\"2\"><name>&x;y</name></wpt></gpx>");
  for (const auto& row : parsed.rows) EXPECT_THAT(row, ::testing::Not(::testing::HasSubstr("root")));
}

TEST(XmlRecordsTest, depth_and_size_are_bounded) {
  std::string deep = "<gpx>";
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  const auto nested = parse(kGpx, "a.gpx", deep);
  EXPECT_EQ(nested.end.reason, "its elements are nested too deep");
  const auto large = parse(kGpx, "a.gpx",
                           "<gpx><wpt lat=\"1\" lon=\"2\"><name>" + std::string(kXmlRecordBytesMax + 1, 'x') +
                               "</name></wpt><wpt lat=\"1\" lon=\"2\"/></gpx>");
  EXPECT_TRUE(large.end.is_complete);
  ASSERT_EQ(large.rejects.size(), 1U);
  EXPECT_TRUE(large.rejects[0].starts_with("too large @5+"));
  EXPECT_EQ(large.rows.size(), 1U);
  const auto tag =
      parse(kGpx, "a.gpx", "<gpx><wpt lat=\"1\" lon=\"" + std::string(kXmlRecordBytesMax * 2, '1'));
  EXPECT_FALSE(tag.end.is_complete);
}

TEST(XmlRecordsTest, an_import_that_was_interrupted_goes_on) {
  const std::string text = "<gpx><wpt lat=\"1\" lon=\"2\"/><wpt lat=\"3\" lon=\"4\"/></gpx>";
  const auto parsed = parse(kGpx, "a.gpx", text, SIZE_MAX, text.find("/><wpt") + 2);
  EXPECT_EQ(
      parsed.rows,
      (std::vector<std::string>{"gpx_waypoint: position=1 path=a.gpx lat_e7=30000000 lon_e7=40000000"}));
}

TEST(TcxTest, situations) {
  const std::string begin = kXml +
                            "<TrainingCenterDatabase xmlns=\"urn:tcx\"><Activities><Activity "
                            "Sport=\"Other\"><Id>2019-08-12T05:14:08Z</Id><Lap><Track>\n";
  const std::string empty = "<Trackpoint><Time>2019-08-12T05:14:10Z</Time></Trackpoint>";
  expect_cases(
      kTcx, "Takeout/Fit/Activities/2019-08-12T07_14_08+02_00_PT14M3S_Gehen.tcx",
      {{"points, a pulse, and a point with neither",
        begin +
            "<Trackpoint><Time>2019-08-12T05:14:08Z</Time><Position><LatitudeDegrees>52.5</"
            "LatitudeDegrees><LongitudeDegrees>13.25"
            "</LongitudeDegrees></Position><AltitudeMeters>34.5</AltitudeMeters><HeartRateBpm><Value>99</"
            "Value></HeartRateBpm>"
            "<DistanceMeters>5</DistanceMeters></Trackpoint>"
            "<Trackpoint><Time>2019-08-12T05:14:09Z</Time><HeartRateBpm><Value>98</Value></"
            "HeartRateBpm><Cadence>3</Cadence></Trackpoint>" +
            empty + "</Track></Lap></Activity></Activities></TrainingCenterDatabase>\n",
        {"location_point: ts_us=1565586848000000 lat_e7=525000000 lon_e7=132500000 alt_m=34.500000 "
         "origin=tcx "
         "extra={\"DistanceMeters\":\"5\"}",
         "health_sample: start_us=1565586848000000 end_us=1565586848000000 metric=heart_rate source=tcx "
         "value=99.000000 "
         "value_milli=99000 unit=bpm ts_quality=exact",
         "health_sample: start_us=1565586849000000 end_us=1565586849000000 metric=heart_rate source=tcx "
         "value=98.000000 "
         "value_milli=98000 unit=bpm ts_quality=exact extra={\"Cadence\":\"3\"}"},
        {rejected("no place",
                  begin + "<Trackpoint><Time>2019-08-12T05:14:08Z</Time><Position><LatitudeDegrees>52.5</"
                          "LatitudeDegrees><LongitudeDegrees>13.25"
                          "</LongitudeDegrees></Position><AltitudeMeters>34.5</"
                          "AltitudeMeters><HeartRateBpm><Value>99</Value></HeartRateBpm>"
                          "<DistanceMeters>5</DistanceMeters></Trackpoint>"
                          "<Trackpoint><Time>2019-08-12T05:14:09Z</Time><HeartRateBpm><Value>98</Value></"
                          "HeartRateBpm><Cadence>3</Cadence></Trackpoint>",
                  empty)}}});
}

TEST(KmlTest, placemarks) {
  const std::string begin = kXml + "<kml xmlns=\"urn:kml\"><Document><name>map</name>";
  const std::string end = "</Document></kml>";
  expect_cases(
      kKml, "maps/doc.kml",
      {{"in folders, with everything",
        begin +
            "<Folder><name>A</name><Folder><name>B</name><Placemark "
            "id=\"p\"><name>Paris</name><description><![CDATA[<b>x</b>]]></description>"
            "<address>here</address><styleUrl>#s</styleUrl><TimeSpan><begin>2019-08-12T05:14:08Z</"
            "begin><end>2019-08-13</end></TimeSpan>"
            "<ExtendedData><Data name=\"k\"><value>v</value></Data><SchemaData><SimpleData "
            "name=\"s\">t</SimpleData></SchemaData></ExtendedData>"
            "<Point><coordinates> 2.3522,48.8566,35 "
            "</coordinates></Point><visibility>1</visibility></Placemark></Folder></Folder>" +
            end,
        {"kml_placemark: position=0 path=maps/doc.kml folder=A/B name=Paris description=<b>x</b> "
         "address=here "
         "begin_us=1565586848000000 end_us=1565654400000000 lat_e7=488566000 lon_e7=23522000 alt_m=35.000000 "
         "geometry_type=Point "
         "geometry=POINT (2.3522000 48.8566000) data={\"k\":\"v\",\"s\":\"t\"} style=#s "
         "extra={\"visibility\":\"1\"}"}},
       {"lines, areas, several, and one that is none",
        begin +
            "<Placemark><LineString><coordinates>1,2 3,4\n5,6</coordinates></LineString></Placemark>"
            "<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 0,1 1,1 "
            "0,0</coordinates></LinearRing></outerBoundaryIs>"
            "<innerBoundaryIs><LinearRing><coordinates>0.1,0.2 0.2,0.2 "
            "0.1,0.2</coordinates></LinearRing></innerBoundaryIs></Polygon></Placemark>"
            "<Placemark><MultiGeometry><Point><coordinates>1,2</coordinates></"
            "Point><LineString><coordinates>1,2 3,4</coordinates></LineString>"
            "</MultiGeometry><TimeStamp><when>2019</when></TimeStamp></Placemark>"
            "<Placemark><Point><coordinates>1,nowhere</coordinates></Point></Placemark>" +
            end,
        {"kml_placemark: position=0 path=maps/doc.kml geometry_type=LineString geometry=LINESTRING "
         "(1.0000000 2.0000000, 3.0000000 "
         "4.0000000, 5.0000000 6.0000000)",
         "kml_placemark: position=1 path=maps/doc.kml geometry_type=Polygon geometry=POLYGON ((0.0000000 "
         "0.0000000, 0.0000000 1.0000000, "
         "1.0000000 1.0000000, 0.0000000 0.0000000), (0.1000000 0.2000000, 0.2000000 0.2000000, 0.1000000 "
         "0.2000000))",
         "kml_placemark: position=2 path=maps/doc.kml geometry_type=MultiGeometry "
         "geometry=GEOMETRYCOLLECTION (POINT (1.0000000 2.0000000), "
         "LINESTRING (1.0000000 2.0000000, 3.0000000 4.0000000)) extra={\"TimeStamp.when\":\"2019\"}",
         "kml_placemark: position=3 path=maps/doc.kml extra={\"Point.coordinates\":\"1,nowhere\"}"}}});
}

/// A zip as it comes in order: name, method, content as it is stored, whether its sizes stand before it.
struct ZipEntry {
  std::string name;
  unsigned method = 0;
  std::string content;
  bool has_sizes = true;
  bool is_encrypted = false;
};

std::string zip_of(const std::vector<ZipEntry>& entries) {
  const auto little = [](std::uint64_t value, std::size_t bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xFFU);
    return text;
  };
  std::string zip;
  for (const auto& each : entries) {
    const auto size = each.has_sizes ? each.content.size() : 0;
    zip += "PK\x03\x04" + little(20, 2) +
           little((each.has_sizes ? 0U : 8U) | (each.is_encrypted ? 1U : 0U), 2) + little(each.method, 2) +
           little(0, 8) + little(size, 4) + little(size, 4) + little(each.name.size(), 2) + little(3, 2) +
           each.name + "xtr" + each.content;
  }
  return zip + "PK\x01\x02 and so on, in a directory that is longer than a header";
}

/// A DEFLATE stream of stored blocks.
std::string deflated(const std::string& text) {
  const auto size = static_cast<std::uint16_t>(text.size());
  const auto both = [](std::uint16_t value) {
    return std::string{static_cast<char>(value & 0xFFU), static_cast<char>(value >> 8U)};
  };
  return std::string(1, '\x01') + both(size) + both(static_cast<std::uint16_t>(~size)) + text;
}

TEST(KmzTest, the_first_kml_is_read) {
  const std::string kml =
      "<kml><Document><Placemark><name>A</name><Point><coordinates>2.5,48.5</coordinates></Point></Placemark>"
      "</Document></kml>";
  const std::vector<std::string> rows = {
      "kml_placemark: position=0 path=map.kmz name=A lat_e7=485000000 lon_e7=25000000 geometry_type=Point "
      "geometry=POINT (2.5000000 48.5000000)"};
  expect_cases(kKmz, "map.kmz",
               {{"packed, its sizes behind it", zip_of({{"doc.kml", 8, deflated(kml), false}}), rows},
                {"stored, behind a picture",
                 zip_of({{"images/icon.png", 0, std::string(100'000, 'x')}, {"Doc.KML", 0, kml}}), rows},
                {"of two the first", zip_of({{"doc.kml", 0, kml}, {"other.kml", 0, kml}}), rows}});
}

TEST(KmzTest, what_cannot_be_read_is_told) {
  const auto reason_of = [](const std::string& zip) {
    const auto parsed = parse(kKmz, "map.kmz", zip);
    EXPECT_TRUE(parsed.rows.empty());
    return parsed.end.is_complete ? std::string() : parsed.end.reason;
  };
  const std::string kml = "<kml><Document></Document></kml>";
  EXPECT_NE(reason_of(zip_of({{"doc.kml", 0, kml, true, true}})).find("encrypted"), std::string::npos);
  EXPECT_NE(reason_of(zip_of({{"doc.kml", 93, kml}})).find("packed in a way"), std::string::npos);
  EXPECT_NE(reason_of(zip_of({{"doc.kml", 0, kml, false}})).find("packed in a way"), std::string::npos);
  EXPECT_NE(reason_of(zip_of({{"a.png", 0, "x"}})).find("no KML"), std::string::npos);
  EXPECT_NE(reason_of(zip_of({{"a.png", 8, deflated("x"), false}, {"doc.kml", 0, kml}})).find("no size"),
            std::string::npos);
  EXPECT_NE(reason_of(zip_of({{"doc.kml", 8, "\x07\xFF\xFF"}})).find("damaged"), std::string::npos);
  EXPECT_NE(reason_of(zip_of({{"doc.kml", 8, deflated(kml)}}).substr(0, 60)).find("cut off"),
            std::string::npos);
  EXPECT_NE(reason_of(zip_of({{"a.png", 0, "x"}}).substr(0, 33)).find("ends before"), std::string::npos);
}

TEST(KmzTest, only_a_zip_that_begins_with_a_kml_or_is_called_so_is_one) {
  const auto known = [](const char* name, const std::string& bytes) {
    return kKmz.recognise(EntryHead(name, bytes, true));
  };
  EXPECT_EQ(known("a.zip", zip_of({{"doc.kml", 0, "x"}})), Certainty::kContent);
  EXPECT_EQ(known("a.kmz", zip_of({{"a.png", 0, "x"}})), Certainty::kName);
  EXPECT_EQ(known("a.docx", zip_of({{"[Content_Types].xml", 0, "x"}})), Certainty::kNone);
  EXPECT_EQ(known("a.kmz", "no zip"), Certainty::kNone);
  EXPECT_EQ(known("a.kmz", std::string("PK\x03\x04")), Certainty::kNone);
}

TEST(KmlTest, tracks_pair_times_with_places_in_both_orders) {
  const std::string begin = "<kml><Document><Placemark><gx:Track>";
  const std::string end = "</gx:Track></Placemark></Document></kml>";
  const std::string one = "<when>2019-08-12T05:14:08Z</when>";
  const std::string two = "<when>2019-08-12T05:14:09Z</when>";
  const std::string place = "<gx:coord>2.5 48.5 35</gx:coord>";
  const std::string other = "<gx:coord>3.5 48.5</gx:coord>";
  const std::vector<std::string> rows = {
      "kml_point: ts_us=1565586848000000 path=h.kml track=0 position=0 lat_e7=485000000 lon_e7=25000000 "
      "alt_m=35.000000",
      "kml_point: ts_us=1565586849000000 path=h.kml track=0 position=1 lat_e7=485000000 lon_e7=35000000",
  };
  const auto with_mark = [&](std::vector<std::string> all, int position) {
    all.push_back("kml_placemark: position=" + std::to_string(position) + " path=h.kml");
    return all;
  };
  expect_cases(kKml, "h.kml",
               {{"one by one", begin + one + place + two + other + end, with_mark(rows, 5)},
                {"times first", begin + one + two + place + other + end, with_mark(rows, 5)},
                {"a time too many ends with its track",
                 begin + one + two + place + end,
                 with_mark({rows[0]}, 4),
                 {rejected("times without places", "<kml><Document><Placemark>",
                           "<gx:Track>" + one + two + place + "</gx:Track>")}},
                {"a place too many",
                 begin + one + place + other + end,
                 with_mark({rows[0]}, 4),
                 {rejected("no time", begin + one + place, other)}}});
}

TEST(GeoJsonTest, situations) {
  const std::string begin = R"({"type": "FeatureCollection", "name": "x", "features": [)";
  const std::string path = "geojson_feature: position=";
  expect_cases(
      kGeoJson, "places.geojson",
      {{"a point, a line, one without geometry",
        begin +
            R"({"type": "Feature", "id": 7, "geometry": {"type": "Point", "coordinates": [2.3522, 48.8566, 35]}, "properties": {"name": "Paris", "time": "2019-08-12T05:14:08Z"}, "bbox": [1]},)"
            R"({"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "properties": null},)"
            R"({"type": "Feature", "geometry": null, "properties": {"title": "no place"}}, 42]})",
        {R"(raw_json: idx=1 path=places.geojson product= member=name doc="x")",
         path +
             R"(2 path=places.geojson id=7 name=Paris ts_us=1565586848000000 lat_e7=488566000 lon_e7=23522000 geometry_type=Point geometry={"type": "Point", "coordinates": [2.3522, 48.8566, 35]} properties={"name": "Paris", "time": "2019-08-12T05:14:08Z"} extra={"bbox":[1]})",
         path +
             R"(3 path=places.geojson geometry_type=LineString geometry={"type": "LineString", "coordinates": [[1, 2], [3, 4]]})",
         path + R"(4 path=places.geojson name=no place properties={"title": "no place"})"},
        {rejected(
            "shape",
            begin +
                R"({"type": "Feature", "id": 7, "geometry": {"type": "Point", "coordinates": [2.3522, 48.8566, 35]}, "properties": {"name": "Paris", "time": "2019-08-12T05:14:08Z"}, "bbox": [1]},)"
                R"({"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "properties": null},)"
                R"({"type": "Feature", "geometry": null, "properties": {"title": "no place"}}, )",
            "42")}}});
}

}  // namespace
}  // namespace lake::takeout
