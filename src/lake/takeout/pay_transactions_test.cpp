#include "lake/takeout/money.hpp"
#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

TEST(Money, AsPeopleWriteIt) {
  struct Case {
    const char* text;
    std::int64_t minor;
    const char* currency;
  };
  const Case cases[] = {{"CHF 12.00", 1200, "CHF"},
                        {"€4,99", 499, "€"},
                        {"1.234,50 EUR", 123450, "EUR"},
                        {"1'234.50\xC2\xA0"
                         "CHF",
                         123450, "CHF"},
                        {"1 234,50 €", 123450, "€"},
                        {"-US$4.99", -499, "US$"},
                        {"US$-4.99", -499, "US$"},
                        {"¥1,200", 1200, "¥"},
                        {"EUR 5", 500, "EUR"},
                        {"€1,200", 120000, "€"},
                        {"7.10", 710, ""}};
  for (const auto& each : cases) {
    const auto money = parse_money(each.text);
    ASSERT_TRUE(money) << each.text;
    EXPECT_EQ(money->minor, each.minor) << each.text;
    EXPECT_EQ(money->currency, each.currency) << each.text;
  }
  for (const auto* text : {"", "free", "1.2345 EUR", "EUR 5 EUR", "99999999999999999999 EUR", "12x34"})
    EXPECT_FALSE(parse_money(text)) << text;
}

TEST(PayTransactions, WithSumsAndDates) {
  const std::string head = "Time,Transaction ID,Description,Product,Payment Method,Status,Amount\n";
  const std::string good =
      "\"Jan 31, 2018, 10:54\xE2\x80\xAFPM\",GPA.1,d,Google Play Apps,Visa-1,Complete,CHF 12.00\n";
  const std::string bad = "now,,,,,,1";
  expect_cases(
      kPayTransactions, "Takeout/Google Pay/Google transactions/transactions_1.csv",
      {{"one; one without a time and a sum; one without an id",
        head + good + "soon,GPA.2,,,,,free\n" + bad + "\n",
        {"pay_transaction: ts_us=1517439240000000 transaction_id=GPA.1 description=d product=Google Play "
         "Apps payment_method=Visa-1 status=Complete amount=CHF 12.00 amount_minor=1200 currency=CHF "
         "ts_quality=minute",
         R"(pay_transaction: transaction_id=GPA.2 amount=free extra={"Time":"soon"})"},
        {rejected("no id", head + good + "soon,GPA.2,,,,,free\n", bad)}}});
}

}  // namespace
}  // namespace lake::takeout
