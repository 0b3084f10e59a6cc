#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/http/message.hpp"

namespace lake::http {

/// Carries one answer from the worker that makes it to the connection that sends it. The worker waits when
/// the client is slow, so an answer of any size holds at most kBytesMax here. Threads: one worker, one
/// connection. `notify` is called from the worker whenever take() has something new to say.
class BodyPipe {
 public:
  explicit BodyPipe(std::function<void()> notify) : notify_(std::move(notify)) {}

  // -- worker
  /// The whole answer at once; nothing else may follow or go before.
  void answer(Answer whole);
  /// Begins a streamed answer; `head.body` is its first piece.
  void begin(Answer head);
  /// Waits for room. `go_on` is asked while it waits, several times a second; its error ends the wait.
  /// Errors: kCancelled when the client has gone; those of `go_on`.
  Status write(std::string_view bytes, const std::function<Status()>& go_on = {});
  /// `trailers` follow the body, where the transport can carry them.
  void finish(Headers trailers = {});
  /// Ends a streamed answer so that the client sees it was cut.
  void abort();

  // -- connection
  struct Taken {
    std::optional<Answer> whole;
    std::optional<Answer> head;
    std::string bytes;
    Headers trailers;  // with `finished`
    bool finished = false;
    bool aborted = false;
    [[nodiscard]] bool anything() const { return whole || head || !bytes.empty() || finished || aborted; }
  };
  /// What has come since the last call.
  Taken take();
  /// The client is gone: the worker's next write fails.
  void close();

 private:
  static constexpr std::size_t kBytesMax = 512U << 10U;
  const std::function<void()> notify_;
  Mutex mutex_;
  CondVar drained_;
  Taken pending_ LAKE_GUARDED_BY(mutex_);
  bool closed_ LAKE_GUARDED_BY(mutex_) = false;
};

}  // namespace lake::http
