#include "lake/takeout/advice.hpp"

#include <gtest/gtest.h>

namespace lake::takeout {
namespace {

std::string_view advice(std::string_view name, std::string_view text = "") {
  return advice_for({name, text, true});
}

TEST(Advice, NamesTheNextStep) {
  EXPECT_NE(advice("Takeout/Location History (Timeline)/Encrypted Backups.txt").find("export it there"),
            std::string_view::npos);
  EXPECT_EQ(advice("Takeout/X/Verschluesselt.txt", "Your Timeline backups are encrypted."),
            advice("Encrypted Backups.txt"));
  EXPECT_FALSE(advice("Takeout/archive_browser.html").empty());
  EXPECT_FALSE(advice("Takeout/Drive/old.ZIP").empty());
}

TEST(Advice, MostEntriesNeedNone) {
  EXPECT_TRUE(advice("Takeout/Drive/notes.txt", "nothing encrypted here").empty());
  EXPECT_TRUE(advice("Takeout/Google Photos/a.jpg").empty());
}

}  // namespace
}  // namespace lake::takeout
