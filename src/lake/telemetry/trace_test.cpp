#include "lake/telemetry/trace.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

namespace lake::telemetry {
namespace {

using ::testing::ElementsAre;

class HandClock final : public os::Clock {
 public:
  os::WallTime wall_now() override { return os::WallTime(std::chrono::microseconds(wall_micros_)); }
  os::MonotonicTime monotonic_now() override { return std::chrono::nanoseconds(nanos_); }
  void sleep(std::chrono::nanoseconds /*duration*/) override {}
  std::int64_t wall_micros_ = 1'000'000;
  std::int64_t nanos_ = 500;
};

class TracerTest : public ::testing::Test {
 protected:
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& span : tracer_.finished()) names.emplace_back(span.name);
    return names;
  }
  HandClock clock_;
  os::SeededRandom random_{7};
  Metrics metrics_;
  Tracer tracer_{clock_, random_, metrics_, 3};
};

TEST_F(TracerTest, ASpanIsRecordedWhenItEnds) {
  auto span = tracer_.begin("work");
  span.set("rows", 5);
  span.set("state", "complete");
  EXPECT_TRUE(tracer_.finished().empty());
  clock_.nanos_ += 250;
  clock_.wall_micros_ -= 999'999;  // the wall clock is set back: spans do not notice
  span.end();
  span.end();
  const auto spans = tracer_.finished();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].name, "work");
  EXPECT_EQ(spans[0].start_nanos, 1'000'000'000);
  EXPECT_EQ(spans[0].end_nanos, 1'000'000'250);
  EXPECT_EQ(spans[0].parent_id, 0U);
  EXPECT_FALSE(spans[0].has_failed);
  ASSERT_EQ(spans[0].attributes.size(), 2U);
  EXPECT_EQ(std::get<std::int64_t>(spans[0].attributes[0].second), 5);
  EXPECT_EQ(std::get<std::string>(spans[0].attributes[1].second), "complete");
  EXPECT_EQ(metrics_.counter("dplake_spans_total", "").value(), 1U);
}

TEST_F(TracerTest, SpansInsideShareTheTraceAndNameTheirParent) {
  auto outer = tracer_.begin("outer");
  const Tracing tracing{&tracer_, outer.context()};
  auto inner = tracing.begin("inner");
  auto innermost = tracing.inside(inner).begin("innermost");
  const auto other = tracer_.begin("other");
  EXPECT_EQ(inner.context().trace_high, outer.context().trace_high);
  EXPECT_EQ(innermost.context().trace_low, outer.context().trace_low);
  EXPECT_NE(trace_id_text(other.context()), trace_id_text(outer.context()));
  innermost.end();
  inner.set_failed();
  inner.end();
  const auto spans = tracer_.finished();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].parent_id, spans[1].context.span_id);
  EXPECT_EQ(spans[1].parent_id, outer.context().span_id);
  EXPECT_TRUE(spans[1].has_failed);
}

TEST_F(TracerTest, TheOldestGiveWay) {
  for (const char* name : {"a", "b", "c", "d", "e"}) tracer_.begin(name).end();
  EXPECT_THAT(names(), ElementsAre("c", "d", "e"));
  tracer_.begin("f").end();
  EXPECT_THAT(names(), ElementsAre("d", "e", "f"));
}

TEST_F(TracerTest, AMovedSpanEndsOnce) {
  auto span = tracer_.begin("first");
  auto moved = std::move(span);
  EXPECT_FALSE(span.is_recording());  // NOLINT(bugprone-use-after-move): what is left of it is defined
  moved = tracer_.begin("second");
  EXPECT_THAT(names(), ElementsAre("first"));
}

TEST_F(TracerTest, AttributesAreBounded) {
  {
    auto span = tracer_.begin("work");
    span.set("text", std::string(1000, 'x'));
    for (std::int64_t i = 0; i < 20; ++i) span.set("n", i);
  }
  const auto spans = tracer_.finished();
  EXPECT_EQ(spans[0].attributes.size(), Span::kAttributesMax);
  EXPECT_EQ(std::get<std::string>(spans[0].attributes[0].second).size(), Span::kTextBytesMax);
}

TEST_F(TracerTest, OneWithoutRoomRecordsNothing) {
  Tracer off(clock_, random_, metrics_, 0);
  auto span = off.begin("work");
  span.set("rows", 1);
  EXPECT_FALSE(span.is_recording());
  EXPECT_FALSE(span.context().is_valid());
  EXPECT_FALSE(Tracing{}.begin("work").is_recording());
  span.end();
  EXPECT_TRUE(off.finished().empty());
}

TEST_F(TracerTest, ManyThreadsGetIdsOfTheirOwn) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kSpans = 500;
  Tracer wide(clock_, random_, metrics_, kThreads * kSpans);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&wide] {
      for (std::size_t n = 0; n < kSpans; ++n) wide.begin("work").end();
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::uint64_t> ids;
  std::set<std::string> traces;
  for (const auto& span : wide.finished()) {
    ids.insert(span.context.span_id);
    traces.insert(trace_id_text(span.context));
  }
  EXPECT_EQ(ids.size(), kThreads * kSpans);
  EXPECT_EQ(traces.size(), kThreads * kSpans);
}

TEST(Traceparent, IsReadAsTheStandardHasIt) {
  const std::string text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const auto context = span_context_of(text);
  ASSERT_TRUE(context);
  EXPECT_EQ(trace_id_text(*context), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(span_id_text(context->span_id), "b7ad6b7169203331");
  EXPECT_EQ(traceparent_of(*context), text);
  EXPECT_EQ(span_context_of("cc" + text.substr(2) + "-what-comes"), context);  // of a later version
}

TEST(Traceparent, OtherTextIsNone) {
  for (const char* text : {"", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                           "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more",
                           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x",
                           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}) {
    EXPECT_FALSE(span_context_of(text)) << text;
  }
  EXPECT_EQ(traceparent_of({}), "");
}

}  // namespace
}  // namespace lake::telemetry
