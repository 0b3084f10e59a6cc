#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"

namespace lake::http {

/// Carries one request's body from the connection that receives it to the worker that uses it. The
/// connection reads no further than the worker takes, so a body of any size holds at most kBytesMax here.
/// Threads: one connection, one worker. `notify` is called from the worker when the connection should look
/// again.
class IncomingBody {
 public:
  static constexpr std::size_t kBytesMax = 512U << 10U;

  /// `length`: what the header says, absent for a chunked body.
  IncomingBody(std::optional<std::uint64_t> length, std::function<void()> notify)
      : length_(length), notify_(std::move(notify)) {}

  // -- worker
  [[nodiscard]] std::optional<std::uint64_t> length() const { return length_; }
  /// The next bytes, at least one; 0 = the body has ended, and came whole. Waits for them; `go_on` is asked
  /// while it waits, several times a second, and its error ends the wait.
  /// Errors: kCancelled (the client has gone), kInvalidArgument (the body broke off or is not well formed);
  /// those of `go_on`.
  Result<std::size_t> read(std::span<char> into, const std::function<Status()>& go_on = {});

  // -- connection
  /// The worker has asked for bytes: a client that waits for "100 Continue" should send them.
  [[nodiscard]] bool wanted() const;
  /// `count` more bytes fit.
  [[nodiscard]] bool has_room(std::size_t count) const;
  void put(std::string_view bytes);
  /// All of it has come.
  void finish();
  [[nodiscard]] bool finished() const;
  /// It will never be whole; the worker reads `error` after the bytes that came.
  void fail(Error error);

 private:
  const std::optional<std::uint64_t> length_;
  const std::function<void()> notify_;
  mutable Mutex mutex_;
  CondVar news_;
  std::string bytes_ LAKE_GUARDED_BY(mutex_);
  std::size_t taken_ LAKE_GUARDED_BY(mutex_) = 0;  // of bytes_
  std::optional<Error> error_ LAKE_GUARDED_BY(mutex_);
  bool wanted_ LAKE_GUARDED_BY(mutex_) = false;
  bool finished_ LAKE_GUARDED_BY(mutex_) = false;
};

}  // namespace lake::http
