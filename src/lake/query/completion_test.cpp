#include "lake/query/completion.hpp"

#include <gmock/gmock.h>

#include "lake/query/plain_engine.hpp"

namespace lake::query {
namespace {

using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Completion : public testing::Test {
 protected:
  Completion() {
    for (const char* sql :
         {"CREATE TABLE zebra_herd (stripes INTEGER, \"group\" INTEGER)", "CREATE TABLE zebra (x INTEGER)",
          "CREATE SCHEMA zoo", "CREATE TABLE zoo.lions (mane INTEGER)",
          "CREATE VIEW \"Odd name\" AS SELECT 1 AS y"}) {
      EXPECT_TRUE(session_->run_text(sql)) << sql;
    }
  }
  std::vector<std::string> words(const std::string& text) { return session_->complete(text, text.size()); }

  PlainEngine engine_;
  std::unique_ptr<Session> session_ = engine_.session();
};

TEST_F(Completion, TablesWhereOneIsNamed) {
  EXPECT_THAT(words("SELECT count(*) FROM ze"), ElementsAre("zebra", "zebra_herd"));
  EXPECT_THAT(words("SELECT count(*) FROM zebra_"), ElementsAre("zebra_herd"));
  EXPECT_THAT(words("SELECT 1 FROM a JOIN ZEBRA_H"), ElementsAre("zebra_herd"));
  EXPECT_THAT(words("FROM zo"), ElementsAre("zoo"));
  EXPECT_THAT(words("FROM zoo."), Contains("lions"));
  EXPECT_THAT(words("FROM zoo.li"), ElementsAre("lions"));
}

TEST_F(Completion, APrefixThatIsAWordOfItsOwn) {
  EXPECT_THAT(words("SELECT count(*) FROM zebra"), ElementsAre("zebra", "zebra_herd"));
}

TEST_F(Completion, ColumnsAndKeywordsElsewhere) {
  EXPECT_THAT(words("SELECT stri"), Contains("stripes"));
  EXPECT_THAT(words("SELECT x FROM zebra WHERE stri"), Contains("stripes"));
  EXPECT_THAT(words("SELECT zebra_herd.str"), Contains("stripes"));
  EXPECT_THAT(words("SEL"), Contains("SELECT"));
}

TEST_F(Completion, NamesThatNeedQuotesHaveThem) {
  EXPECT_THAT(words("SELECT grou"), Contains("\"group\""));
  EXPECT_THAT(words("FROM odd"), ElementsAre("\"Odd name\""));
}

TEST_F(Completion, NothingThatBeginsOtherwise) {
  EXPECT_THAT(words("SELECT zeb"), Each(StartsWith("zeb")));
  EXPECT_THAT(words("FROM nothing_has_this_name"), IsEmpty());
  EXPECT_THAT(words("SELECT 'it''s ze"), Not(Contains("zebra")));
}

}  // namespace
}  // namespace lake::query
