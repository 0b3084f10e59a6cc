#include "lake/object/content_leases.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace lake::object {
namespace {

TEST(ContentLeases, WhatIsHeldIsNotCondemned) {
  ContentLeases leases;
  auto one = leases.hold("a");
  auto other = leases.hold("a");
  EXPECT_EQ(leases.condemn({"a", "b"})->names(), std::vector<std::string>{"b"});
  one.reset();
  EXPECT_TRUE(leases.condemn({"a"})->names().empty());
  other.reset();
  EXPECT_EQ(leases.condemn({"a"})->names(), std::vector<std::string>{"a"});
}

TEST(ContentLeases, WhoWantsCondemnedContentWaitsForItsEnd) {
  ContentLeases leases;
  auto condemned = leases.condemn({"a"});
  EXPECT_TRUE(leases.condemn({"a"})->names().empty());
  std::atomic<bool> removed{false};
  std::atomic<bool> seen{false};
  std::thread user([&] {
    const auto lease = leases.hold("a");
    seen = removed.load();
  });
  const auto other = leases.hold("b");
  removed = true;
  condemned.reset();
  user.join();
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace lake::object
