#include "lake/http/message.hpp"

#include <gtest/gtest.h>

namespace lake::http {
namespace {

TEST(Message, TargetIsDecoded) {
  Request request;
  ASSERT_TRUE(parse_target("/a%20b/c?x=1+2&y=%26&z&x=3", request));
  EXPECT_EQ(request.path, "/a b/c");
  EXPECT_EQ(request.query.at("x"), "3");
  EXPECT_EQ(request.query.at("y"), "&");
  EXPECT_EQ(request.query.at("z"), "");
}

TEST(Message, BrokenTargetsAreRefused) {
  Request request;
  for (const auto* target : {"", "a", "http://x/", "/%", "/%4", "/%zz", "/?a=%g1"}) {
    EXPECT_FALSE(parse_target(target, request)) << target;
  }
}

TEST(Message, FailureTakesItsOwnStatusFirst) {
  EXPECT_EQ(answer_of({Error(ErrorCode::kInvalidArgument, "x"), 415, {}}, "r").status, 415U);
  EXPECT_EQ(answer_of({Error(ErrorCode::kInvalidArgument, "x"), 0, {}}, "r").status, 400U);
}

}  // namespace
}  // namespace lake::http
