#include "lake/http/body_pipe.hpp"

#include <chrono>

namespace lake::http {

namespace {
constexpr std::chrono::milliseconds kAskAgain{50};
}  // namespace

void BodyPipe::answer(Answer whole) {
  {
    const MutexLock lock(mutex_);
    pending_.whole = std::move(whole);
    pending_.finished = true;
  }
  notify_();
}

void BodyPipe::begin(Answer head) {
  {
    const MutexLock lock(mutex_);
    pending_.head = std::move(head);
  }
  notify_();
}

Status BodyPipe::write(std::string_view bytes, const std::function<Status()>& go_on) {
  {
    const MutexLock lock(mutex_);
    while (!closed_ && pending_.bytes.size() >= kBytesMax) {
      if (go_on) LAKE_CHECK_OK(go_on());
      drained_.wait_for(mutex_, kAskAgain);
    }
    if (closed_) return Error(ErrorCode::kCancelled, "the client has gone");
    pending_.bytes += bytes;
  }
  notify_();
  return ok();
}

void BodyPipe::finish(Headers trailers) {
  {
    const MutexLock lock(mutex_);
    pending_.trailers = std::move(trailers);
    pending_.finished = true;
  }
  notify_();
}

void BodyPipe::abort() {
  {
    const MutexLock lock(mutex_);
    pending_.aborted = true;
  }
  notify_();
}

BodyPipe::Taken BodyPipe::take() {
  const MutexLock lock(mutex_);
  Taken taken = std::move(pending_);
  pending_ = {};
  drained_.notify_all();
  return taken;
}

void BodyPipe::close() {
  const MutexLock lock(mutex_);
  closed_ = true;
  drained_.notify_all();
}

}  // namespace lake::http
