#include "lake/ingest/takeout_order.hpp"

#include <gtest/gtest.h>

namespace lake::ingest {
namespace {

TEST(TakeoutOrder, IsReadAndWritten) {
  auto order = takeout_order_of(R"({"paths": ["/a.zip"], "uploads": ["ab"], "time_zone": "Europe/Berlin",
    "products": {"include": ["Chrome"], "exclude": ["mail"]}, "archives": "adopt", "dry_run": true,
    "batch_rows": 7, "force": false})");
  ASSERT_TRUE(order) << order.error().message();
  EXPECT_EQ(order->archives, ArchiveKeeping::kAdopt);
  EXPECT_TRUE(order->dry_run);
  EXPECT_EQ(order->batch_rows, 7U);
  order->parts = {{"/data/archives/x/a.zip", "/a.zip", "ab", "sha256:x"}};
  const auto again = stored_order_of(order_text(*order));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(order_text(*again), order_text(*order));
  EXPECT_EQ(again->parts[0].from, "/a.zip");
  EXPECT_EQ(again->products.exclude[0], "mail");
}

TEST(TakeoutOrder, WhatItDoesNotKnowIsRefused) {
  for (const auto* bad : {"", "[]", R"({"path": ["x"]})", R"({"paths": "x"})", R"({"paths": [1]})",
                          R"({"paths": [""]})", R"({"archives": "steal"})", R"({"dry_run": 1})",
                          R"({"products": []})", R"({"products": {"only": []}})", R"({"time_zone": 1})",
                          R"({"batch_rows": 0})", R"({"batch_rows": -1})", R"({"parts": []})"}) {
    EXPECT_EQ(takeout_order_of(bad).error().code(), ErrorCode::kInvalidArgument) << bad;
  }
  for (const auto* bad : {"", "{}", R"({"parts": 1})", R"({"parts": [1]})", R"({"parts": [], "x": 1})"}) {
    EXPECT_FALSE(stored_order_of(bad)) << bad;
  }
}

TEST(TakeoutOrder, ItsTraceIsStoredWithItAndNoRequestGivesOne) {
  TakeoutOrder order;
  order.trace_parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto again = stored_order_of(order_text(order));
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->trace_parent, order.trace_parent);
  EXPECT_FALSE(takeout_order_of(R"({"trace_parent": "x"})"));
}

TEST(TakeoutOrder, TheSameContentsHaveOneKeyInAnyOrder) {
  TakeoutOrder one;
  one.parts = {{"/a", "", "", "sha256:a"}, {"/b", "", "", "sha256:b"}};
  TakeoutOrder other;
  other.parts = {{"/c", "", "", "sha256:b"}, {"/d", "", "", "sha256:a"}};
  other.archives = ArchiveKeeping::kCopy;
  EXPECT_NE(order_key(one), order_key(other)) << "only the other ones stay when their paths go";
  for (auto* order : {&one, &other}) {
    for (auto& part : order->parts) part.upload = "1";
  }
  EXPECT_EQ(order_key(one), order_key(other)) << "uploads are always moved";
  other.time_zone = "Europe/Berlin";
  EXPECT_NE(order_key(one), order_key(other));
  other = one;
  other.parts.pop_back();
  EXPECT_NE(order_key(one), order_key(other));
}

TEST(ProductSelection, ExclusionWins) {
  const ProductSelection all;
  EXPECT_TRUE(all.wants("chrome", "Chrome"));
  EXPECT_TRUE(all.wants("", ""));
  const ProductSelection some{{"chrome", "Location History"}, {"Mail", "browser"}};
  EXPECT_TRUE(some.wants("", "Chrome"));
  EXPECT_TRUE(some.wants("location", "Location History"));
  EXPECT_TRUE(some.wants("CHROME", "other"));
  EXPECT_FALSE(some.wants("mail", "Location History"));
  EXPECT_FALSE(some.wants("keep", "Keep"));
  EXPECT_FALSE(some.wants("", ""));
  EXPECT_FALSE(some.may_want_folder("MAIL"));
  EXPECT_TRUE(some.may_want_folder("Keep"));
}

}  // namespace
}  // namespace lake::ingest
