#include "lake/archive/entry_name.hpp"

#include <gtest/gtest.h>

namespace lake::archive {
namespace {

std::string hazards(std::string_view name) {
  std::string all;
  for (const auto hazard : hazards_of(name)) all += (all.empty() ? "" : " ") + std::string(name_of(hazard));
  return all;
}

TEST(EntryName, HarmlessNamesHaveNoHazard) {
  for (const char* name :
       {"Takeout/Location History/Records.json", "Takeout/", "./a", "a",
        "Google \xD0\xA1\xD0\xBD\xD0\xB8\xD0\xBC\xD0\xBA\xD0\xB8/x.jpg", "10.30\u202FAM.txt", "...", "a..b",
        "console", "COM10", "com", ".hidden", "a/./b"}) {
    const std::string expected = std::string_view(name) == "..." ? "trailing_dot" : "";
    EXPECT_EQ(hazards(name), expected) << name;
  }
}

TEST(EntryName, EachHazardIsSeen) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "empty"},
      {std::string("a\0b", 3), "nul"},
      {"a\nb", "control"},
      {"a\x1B[2Jb", "control"},
      {"a\xC2\x85"
       "b",
       "control"},
      {"invoice\xE2\x80\xAEgpj.exe", "text_direction"},
      {"/etc/passwd", "absolute"},
      {"\\\\server\\share", "absolute backslash"},
      {"C:\\Windows", "absolute backslash colon"},
      {"c:x", "absolute colon"},
      {"..", "traversal"},
      {"../../etc/passwd", "traversal"},
      {"a/../b", "traversal"},
      {"a\\..\\b", "traversal backslash"},
      {"a/..", "traversal"},
      {"NUL", "reserved_device"},
      {"a/con.txt", "reserved_device"},
      {"Lpt9.tar.gz", "reserved_device"},
      {"aux ", "reserved_device trailing_dot"},
      {"a./b", "trailing_dot"},
      {"a ", "trailing_dot"},
      {"file.txt:stream", "colon"},
      {std::string(256, 'a'), "too_long"},
      {"\xFF\xFE", "not_utf8"},
  };
  for (const auto& [name, expected] : cases) EXPECT_EQ(hazards(name), expected) << printable_name(name);
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "abcde/";
  EXPECT_EQ(hazards(deep), "too_long");
  for (int i = 0; i <= static_cast<int>(NameHazard::kNotUtf8); ++i) {
    EXPECT_FALSE(name_of(static_cast<NameHazard>(i)).empty());
    EXPECT_FALSE(describe(static_cast<NameHazard>(i)).empty());
  }
}

TEST(EntryName, TextComesFromWhateverEncodingIsMeant) {
  EXPECT_EQ(decode_name("plain", false).origin, NameOrigin::kUtf8);
  EXPECT_EQ(decode_name("\xC3\xBC", true).origin, NameOrigin::kUtf8);
  const auto guessed = decode_name("\xC3\xBC.txt", false);
  EXPECT_EQ(guessed.text, "\xC3\xBC.txt");
  EXPECT_EQ(guessed.origin, NameOrigin::kUtf8Guessed);
  const auto old = decode_name("M\x81ller\xFF\x80", false);  // "Müller", a no-break space, "Ç"
  EXPECT_EQ(old.text, "M\xC3\xBCller\xC2\xA0\xC3\x87");
  EXPECT_EQ(old.origin, NameOrigin::kCp437);
  const auto lie = decode_name("a\xFFz", true);
  EXPECT_EQ(lie.text, "a\xEF\xBF\xBDz");
  EXPECT_EQ(lie.origin, NameOrigin::kReplaced);
  for (int c = 0; c < 256; ++c) EXPECT_TRUE(is_utf8(decode_cp437(std::string(1, static_cast<char>(c)))));
}

TEST(EntryName, PrintedNamesCannotForgeALineOrRunOn) {
  EXPECT_EQ(printable_name("a'b\\c\n\x1B\xFF\xE2\x80\xAE"), "'a\\'b\\\\c\\u000a\\u001b\\xff\\u202e'");
  EXPECT_LT(printable_name(std::string(5000, 'x')).size(), 220U);
  EXPECT_EQ(printable_name("\xC3\xBC"), "'\xC3\xBC'");
}

}  // namespace
}  // namespace lake::archive
