#include "lake/ingest/content_format.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lake::ingest {
namespace {

TEST(ContentFormat, IsToldByTheBytes) {
  const std::string tar = std::string(257, 'a') + "ustar" + std::string(20, ' ');
  const std::pair<std::string, ContentFormat> cases[] = {
      {"a,b\n1,2\n", ContentFormat::kCsv},
      {"\xEF\xBB\xBF"
       "a;b\r\n1;2\r\n",
       ContentFormat::kCsv},
      {"a\tb\n1,5\t2\n", ContentFormat::kTsv},
      {"\"a,b\",c\n1,2\n", ContentFormat::kCsv},
      {"{\"a\": 1}\n{\"a\": 2}\n", ContentFormat::kNdjson},
      {"{\"a\":\n 1}\n", ContentFormat::kJson},
      {"[{\"a\": 1}]", ContentFormat::kJson},
      {"{\"type\": \"FeatureCollection\", \"features\": []}", ContentFormat::kGeoJson},
      {"PAR1....PAR1", ContentFormat::kParquet},
      {"<?xml version=\"1.0\"?>\n<kml xmlns=\"x\">", ContentFormat::kKml},
      {"<gpx version=\"1.1\">", ContentFormat::kGpx},
      {"<rss><kmlish/></rss>", ContentFormat::kXml},
      {"<rss/>", ContentFormat::kXml},
      {"From 1@x Mon Jan  1\nFrom: a\n", ContentFormat::kMbox},
      {"Subject: x\nFrom: a@b\n\nbody: text\n", ContentFormat::kEmail},
      {"BEGIN:VCALENDAR\r\n", ContentFormat::kCalendar},
      {"BEGIN:VCARD\r\n", ContentFormat::kContacts},
      {"PK\x03\x04zip", ContentFormat::kZip},
      {tar, ContentFormat::kTar},
      {"just words", ContentFormat::kUnknown},
      {std::string("a,b\0c\n", 6), ContentFormat::kUnknown},
      {"", ContentFormat::kUnknown},
  };
  for (const auto& [head, format] : cases)
    EXPECT_EQ(name_of(format_of_content(head)), name_of(format)) << head;
}

TEST(ContentFormat, NamesGoBothWays) {
  EXPECT_EQ(content_format_named("jsonl"), ContentFormat::kNdjson);
  EXPECT_EQ(content_format_named("unknown"), std::nullopt);
  EXPECT_EQ(content_format_named(name_of(ContentFormat::kContacts)), ContentFormat::kContacts);
  EXPECT_EQ(compression_of_content("\x1f\x8b\x08"), Compression::kGzip);
  EXPECT_EQ(compression_of_content("\x28\xb5\x2f\xfd"), Compression::kZstd);
}

}  // namespace
}  // namespace lake::ingest
