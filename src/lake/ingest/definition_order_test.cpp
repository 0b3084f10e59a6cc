#include "lake/ingest/definition_order.hpp"

#include <gtest/gtest.h>

namespace lake::ingest {
namespace {

std::string order(std::vector<Definition> definitions) {
  std::string names;
  for (const auto& one : in_order_of_use(std::move(definitions)))
    names += (names.empty() ? "" : " ") + one.name.table;
  return names;
}

Definition macro(const std::string& name, const std::string& body) {
  return {DefinitionKind::kMacro, {"main", name}, "CREATE MACRO " + name + "() AS " + body + ";"};
}
Definition table(const std::string& name, const std::string& columns) {
  return {
      DefinitionKind::kTable, {"main", name}, "CREATE TABLE \"main\".\"" + name + "\" (" + columns + ");"};
}
Definition view(const std::string& name, const std::string& body) {
  return {DefinitionKind::kView, {"main", name}, "CREATE VIEW " + name + " AS " + body + ";"};
}

TEST(DefinitionOrder, WithoutUsesItStays) {
  EXPECT_EQ(order({macro("m", "1"), table("t", "x INTEGER"), view("v", "SELECT 1")}), "m t v");
}

TEST(DefinitionOrder, AMacroComesAfterWhatItReads) {
  EXPECT_EQ(order({macro("a", "(SELECT count(*) FROM T)"), macro("b", "TABLE SELECT * FROM \"v\""),
                   table("t", "x INTEGER DEFAULT (c())"), macro("c", "1"), view("v", "SELECT a() FROM t")}),
            "c t a v b");
}

TEST(DefinitionOrder, AColumnNamedLikeAMacroOrATableIsNoUse) {
  EXPECT_EQ(order({macro("m", "(SELECT max(m) FROM t)"), table("t", "\"m\" INTEGER, \"u\" INTEGER"),
                   table("u", "x INTEGER")}),
            "t m u");
  EXPECT_EQ(order({view("a", "SELECT b FROM c"), view("b", "SELECT a FROM a"), table("c", "a INTEGER")}),
            "c a b");
}

TEST(DefinitionOrder, NamesInTextsAndQuotes) {
  EXPECT_EQ(order({macro("m", "TABLE FROM query_table('t')"), table("t", "x INTEGER")}), "t m");
  EXPECT_EQ(order({view("v", "SELECT 'it''s \" q' FROM \"main\".\"a \"\"b\""), table("a \"b", "x INTEGER")}),
            "a \"b v");
}

TEST(DefinitionOrder, ACircleEnds) {
  EXPECT_EQ(order({view("a", "SELECT * FROM b"), view("b", "SELECT * FROM a")}), "a b");
}

}  // namespace
}  // namespace lake::ingest
