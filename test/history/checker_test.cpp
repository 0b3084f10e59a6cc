#include "history/checker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lake::history {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Transaction committed(std::uint64_t started, std::uint64_t ended) {
  Transaction one;
  one.started = started;
  one.ended = ended;
  one.outcome = Outcome::kCommitted;
  return one;
}

TEST(Anomalies, ASerialHistoryHasNone) {
  auto first = committed(1, 2);
  first.appends[1] = {10};
  auto second = committed(3, 4);
  second.reads[1] = {10};
  second.appends[1] = {11};
  EXPECT_THAT(anomalies({first, second}, {{1, {10, 11}}}), IsEmpty());
}

TEST(Anomalies, ALostUpdateIsFound) {
  auto first = committed(1, 4);
  first.reads[1] = {};
  first.appends[1] = {10};
  auto second = committed(2, 5);
  second.reads[1] = {};
  second.appends[1] = {11};
  const auto found = anomalies({first, second}, {{1, {10, 11}}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0], HasSubstr("G-single"));
}

TEST(Anomalies, AnAcknowledgedAppendThatVanishedIsFound) {
  auto first = committed(1, 2);
  first.appends[1] = {10};
  EXPECT_THAT(anomalies({first}, {{1, {}}}), SizeIs(1));
}

TEST(Anomalies, AnAbortedValueIsFound) {
  auto first = committed(1, 2);
  first.outcome = Outcome::kAborted;
  first.appends[1] = {10};
  const auto found = anomalies({first}, {{1, {10}}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0], HasSubstr("G1a"));
}

TEST(Anomalies, AStaleReadIsFound) {
  auto writer = committed(1, 2);
  writer.appends[1] = {10};
  auto reader = committed(3, 4);
  reader.reads[1] = {};
  const auto found = anomalies({writer, reader}, {{1, {10}}});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0], HasSubstr("G-single"));
}

TEST(Anomalies, AFracturedReadIsFound) {
  auto writer = committed(1, 10);
  writer.appends[1] = {10};
  writer.appends[2] = {20};
  auto reader = committed(2, 11);
  reader.reads[1] = {10};
  reader.reads[2] = {};
  EXPECT_THAT(anomalies({writer, reader}, {{1, {10}}, {2, {20}}}), SizeIs(1));
}

TEST(Anomalies, WriteSkewIsAllowed) {
  auto first = committed(1, 10);
  first.reads[1] = {};
  first.appends[2] = {20};
  auto second = committed(2, 11);
  second.reads[2] = {};
  second.appends[1] = {10};
  EXPECT_THAT(anomalies({first, second}, {{1, {10}}, {2, {20}}}), IsEmpty());
}

TEST(Anomalies, AnUnknownOutcomeMayBeEither) {
  auto first = committed(1, 2);
  first.outcome = Outcome::kUnknown;
  first.appends[1] = {10};
  EXPECT_THAT(anomalies({first}, {{1, {}}}), IsEmpty());
  EXPECT_THAT(anomalies({first}, {{1, {10}}}), IsEmpty());
}

TEST(Anomalies, AnIntermediateReadIsFound) {
  auto writer = committed(1, 10);
  writer.appends[1] = {10, 11};
  auto reader = committed(2, 11);
  reader.reads[1] = {10};
  EXPECT_THAT(anomalies({writer, reader}, {{1, {10, 11}}}), testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace lake::history
