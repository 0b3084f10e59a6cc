#include "lake/http/incoming_body.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace lake::http {
namespace {

TEST(IncomingBody, BytesComeInOrderThroughABoundedRoom) {
  std::atomic<int> notes{0};
  IncomingBody body(std::nullopt, [&] { ++notes; });
  constexpr std::size_t kPieces = 300;
  std::string received;
  std::thread worker([&] {
    std::array<char, 7777> buffer{};
    while (true) {
      const auto count = body.read(buffer);
      ASSERT_TRUE(count);
      if (*count == 0) break;
      received.append(buffer.data(), *count);
    }
  });
  std::string sent;
  for (std::size_t i = 0; i < kPieces; ++i) {
    const std::string piece(10'000 + i, static_cast<char>('a' + i % 26));
    while (!body.has_room(piece.size())) std::this_thread::yield();
    body.put(piece);
    sent += piece;
  }
  body.finish();
  worker.join();
  EXPECT_EQ(received, sent);
  EXPECT_GT(notes, 1);
}

TEST(IncomingBody, NothingIsWantedBeforeTheWorkerReads) {
  IncomingBody body(5, [] {});
  EXPECT_FALSE(body.wanted());
  body.put("hello");
  body.finish();
  std::array<char, 3> buffer{};
  EXPECT_EQ(body.read(buffer).value(), 3U);
  EXPECT_TRUE(body.wanted());
  EXPECT_EQ(body.read(buffer).value(), 2U);
  EXPECT_EQ(body.read(buffer).value(), 0U);
  EXPECT_EQ(body.length(), 5U);
}

TEST(IncomingBody, WhatCameBeforeAFailureIsReadFirst) {
  IncomingBody body(std::nullopt, [] {});
  body.put("ab");
  body.fail(Error(ErrorCode::kCancelled, "the client has gone"));
  std::array<char, 8> buffer{};
  EXPECT_EQ(body.read(buffer).value(), 2U);
  EXPECT_EQ(body.read(buffer).error().code(), ErrorCode::kCancelled);
}

TEST(IncomingBody, AWaitEndsWhenItIsTold) {
  IncomingBody body(std::nullopt, [] {});
  int asked = 0;
  std::array<char, 8> buffer{};
  const auto count = body.read(
      buffer, [&]() -> Status { return ++asked < 3 ? ok() : Status(Error(ErrorCode::kCancelled, "told")); });
  EXPECT_EQ(count.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace lake::http
