#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/Gespeichert/Reiseziele.csv";

TEST(SavedLists, Places) {
  const std::string url =
      "https://www.example.com/maps/place/x/data=!4m2!3m1!1s0x47a84e373f035901:0x42120465b5e3b70";
  const std::string before =
      "Places, for the next years\n\nTitle,Note,URL,Comment\nA,\"n\nm\"," + url + ",c\n";
  expect_cases(kSavedLists, kName,
               {{"English, with a text before and a note of two lines",
                 before + ",,,\n",
                 {"saved_list: list=Reiseziele description=Places, for the next years",
                  "saved_item: list=Reiseziele title=A url=" + url +
                      " note=n\nm comment=c feature_id=0x47a84e373f035901:0x42120465b5e3b70"},
                 {rejected("shape", before, ",,,")}},
                {"German, and an address that is no place",
                 "Titel,Notiz,URL,Kommentar\nA,,https://example.com/,c\n",
                 {"saved_item: list=Reiseziele title=A url=https://example.com/ comment=c"}},
                {"with tags and an unknown column",
                 "Title,Note,URL,Tags,New,Comment\nA,,,t,n,c\n",
                 {R"(saved_item: list=Reiseziele title=A comment=c tags=t extra={"New":"n"})"}},
                {"an empty list", "Title,Note,URL,Comment\n", {}}});
}

}  // namespace
}  // namespace lake::takeout
