#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

const std::string kHead = "Date,Move Minutes count,Calories (kcal),Something else\n";

TEST(FitDaily, OneRowForEachNumber) {
  const std::string bad = "yesterday,1,2,3";
  expect_cases(
      kFitDaily, "Takeout/Fit/Daily activity metrics/Daily activity metrics.csv",
      {{"numbers, empty cells, and a cell that is no number",
        kHead + "1970-01-02,5,,\n1970-01-03,,1234.5675,7\n1970-01-04,1,x,\n1970-01-05,,,\n" + bad + "\n",
        {"daily_metric: day_us=86400000000 date=1970-01-02 metric=Move Minutes count value=5.000000 "
         "value_milli=5000",
         "daily_metric: day_us=172800000000 date=1970-01-03 metric=Calories (kcal) value=1234.567500 "
         "value_milli=1234568 unit=kcal",
         "daily_metric: day_us=172800000000 date=1970-01-03 metric=Something else value=7.000000 "
         "value_milli=7000",
         "daily_metric: day_us=259200000000 date=1970-01-04 metric=Move Minutes count value=1.000000 "
         R"x(value_milli=1000 extra={"Calories (kcal)":"x"})x"},
        {"no time @" +
         std::to_string(
             kHead.size() +
             std::string("1970-01-02,5,,\n1970-01-03,,1234.5675,7\n1970-01-04,1,x,\n1970-01-05,,,\n")
                 .size()) +
         "+15"}},
       {"in another language",
        "日付,歩数,カロリー（kcal）\n1970-01-02,5,6\n",
        {"daily_metric: day_us=86400000000 date=1970-01-02 metric=Step count value=5.000000 value_milli=5000",
         "daily_metric: day_us=86400000000 date=1970-01-02 metric=Calories (kcal) value=6.000000 "
         "value_milli=6000 unit=kcal"}},
       {"no day", kHead, {}}});
}

TEST(FitBins, QuartersOfTheFilesDay) {
  const std::string head = "Startzeit,Ende,Kalorien (kcal),Schrittzahl\n";
  const std::string first = "00:00:00.000+01:00,00:15:00.000+01:00,1.5,\n";
  const std::string bad = "noon,00:30:00.000+01:00,1,2";
  expect_cases(kFitBins, "Takeout/Google Fit/Tägliche Aktivitätswerte/1970-01-02.csv",
               {{"the first, the last, and one without a time",
                 head + first + "23:45:00.000+01:00,00:00:00.000+01:00,,3\n" + bad + "\n",
                 {"health_sample: start_us=82800000000 end_us=83700000000 metric=Calories (kcal) source=fit "
                  "value=1.500000 value_milli=1500 unit=kcal ts_quality=exact",
                  "health_sample: start_us=168300000000 end_us=169200000000 metric=Step count source=fit "
                  "value=3.000000 value_milli=3000 ts_quality=exact"},
                 {"no time @" + std::to_string(head.size() + first.size() + 41) + "+27"}}});
}

}  // namespace
}  // namespace lake::takeout
