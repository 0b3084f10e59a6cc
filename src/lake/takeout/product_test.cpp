#include "lake/takeout/product.hpp"

#include <gtest/gtest.h>

#include <set>

namespace lake::takeout {
namespace {

TEST(EntryNames, AreSplitWithoutBecomingPaths) {
  EXPECT_EQ(path_in_export("Takeout/Chrome/History.json"), "Chrome/History.json");
  EXPECT_EQ(path_in_export("Takeout"), "Takeout");
  EXPECT_EQ(path_in_export("../../etc/passwd"), "../../etc/passwd");
  EXPECT_EQ(product_folder("Takeout/Google Quux/a/b.json"), "Google Quux");
  EXPECT_EQ(product_folder("Timeline.json"), "");
  EXPECT_EQ(stem("Takeout/x/a.b.JSON"), "a.b");
  EXPECT_EQ(extension("Takeout/x/a.b.JSON"), "json");
  EXPECT_EQ(extension("Takeout/x.d/.hidden"), "");
}

TEST(Products, EachTableHasItsKeyAndNoColumnTwice) {
  std::set<std::string_view> names;
  for (const auto* table : all_tables()) {
    EXPECT_TRUE(names.insert(table->name).second) << table->name << " is specified twice";
    std::set<std::string_view> columns;
    for (const auto& column : table->columns)
      EXPECT_TRUE(columns.insert(column.name).second) << table->name << "." << column.name;
    for (const auto& column : kOriginColumns)
      EXPECT_TRUE(columns.insert(column.name).second) << table->name << "." << column.name;
    ASSERT_FALSE(table->key.empty()) << table->name;
    for (const auto name : table->key)
      EXPECT_LT(table->position(name), table->columns.size()) << table->name << "." << name;
  }
}

TEST(Products, ContentDecidesWhateverTheName) {
  Certainty by{};
  const auto name_for = [&](std::string_view name, std::string_view text) {
    const auto* product = product_for(EntryHead(name, text, true), by);
    return product == nullptr ? "" : std::string(product->name);
  };
  EXPECT_EQ(name_for("Takeout/Standortverlauf/Daten.json", R"({"locations": [{"latitudeE7": 1)"),
            "location_records");
  EXPECT_EQ(by, Certainty::kContent);
  EXPECT_EQ(name_for("x", R"([{"title": "a", "time": "t", "products": ["Search"]}])"), "activity_json");
  EXPECT_EQ(name_for("Takeout/Google Quux/things.json", R"({"things": []})"), "generic_json");
  EXPECT_EQ(by, Certainty::kGeneric);
  EXPECT_EQ(name_for("Takeout/Google Quux/things.bin", "\x01\x02"), "");
  EXPECT_EQ(name_for("Takeout/Records.json", "no json"), "");
}

}  // namespace
}  // namespace lake::takeout
