#include "lake/http/body_pipe.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace lake::http {
namespace {

TEST(BodyPipe, WriterWaitsForASlowReader) {
  std::atomic<int> notes{0};
  BodyPipe pipe([&] { ++notes; });
  const std::string piece(64U << 10U, 'x');
  std::atomic<std::size_t> written{0};
  std::thread worker([&] {
    for (int i = 0; i < 100; ++i) {
      if (!pipe.write(piece)) return;
      written += piece.size();
    }
    pipe.finish();
  });
  std::size_t taken = 0;
  bool finished = false;
  while (!finished) {
    auto part = pipe.take();
    EXPECT_LE(part.bytes.size(), 1U << 20U);
    taken += part.bytes.size();
    finished = part.finished;
    std::this_thread::yield();
  }
  worker.join();
  EXPECT_EQ(taken, 100 * piece.size());
  EXPECT_GE(notes, 100);
}

TEST(BodyPipe, ClosedPipeFailsTheWaitingWriter) {
  BodyPipe pipe([] {});
  const std::string piece(600U << 10U, 'x');
  ASSERT_TRUE(pipe.write(piece));
  Status status = ok();
  std::thread worker([&] { status = pipe.write(piece); });
  pipe.close();
  worker.join();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
}

TEST(BodyPipe, WriterWaitsOnlyAsLongAsItIsTold) {
  BodyPipe pipe([] {});
  const std::string piece(600U << 10U, 'x');
  int asked = 0;
  const auto go_on = [&]() -> Status {
    return ++asked < 3 ? ok() : Status(Error(ErrorCode::kTimeout, "over"));
  };
  ASSERT_TRUE(pipe.write(piece, go_on));
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(pipe.write(piece, go_on).error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(pipe.take().bytes.size(), piece.size());
}

}  // namespace
}  // namespace lake::http
