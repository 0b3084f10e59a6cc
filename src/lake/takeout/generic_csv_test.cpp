#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

TEST(GenericCsv, EachRecordByTheNamesOfTheFirst) {
  const std::string origin = " path=Google Quux/things.csv product=Google Quux stem=things fields=";
  expect_cases(kGenericCsv, "Takeout/Google Quux/things.csv",
               {{"records",
                 "Name,Count\n\"a, \"\"b\"\"\",1\nc,\n",
                 {"raw_csv: position=0" + origin + R"({"Name":"a, \"b\"","Count":"1"})",
                  "raw_csv: position=1" + origin + R"({"Name":"c","Count":""})"}},
                {"names that repeat or are missing, records of other lengths",
                 "a,a,\n1,2,3,4\n5\n",
                 {"raw_csv: position=0" + origin + R"({"a":"1","a#2":"2","#3":"3","#4":"4"})",
                  "raw_csv: position=1" + origin + R"({"a":"5"})"}},
                {"names alone", "a,b\n", {}},
                {"wrong UTF-8", "a\nx\xff\n", {"raw_csv: position=0" + origin + "{\"a\":\"x\xEF\xBF\xBD\"}"}},
                {"the end inside quotes", "a\n1\n\"2", {"raw_csv: position=0" + origin + R"({"a":"1"})"}}});
}

TEST(GenericCsv, ResumingCountsWhatIsStored) {
  const auto parsed = parse(kGenericCsv, "Takeout/P/x.csv", "a\n1\n2\n", SIZE_MAX, 3);
  EXPECT_EQ(
      parsed.rows,
      (std::vector<std::string>{R"(raw_csv: position=1 path=P/x.csv product=P stem=x fields={"a":"2"})"}));
}

}  // namespace
}  // namespace lake::takeout
