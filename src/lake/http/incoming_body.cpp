#include "lake/http/incoming_body.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace lake::http {

namespace {
constexpr std::chrono::milliseconds kAskAgain{50};
}  // namespace

Result<std::size_t> IncomingBody::read(std::span<char> into, const std::function<Status()>& go_on) {
  bool first = false;
  {
    const MutexLock lock(mutex_);
    first = !std::exchange(wanted_, true);
  }
  if (first) notify_();
  std::size_t count = 0;
  {
    const MutexLock lock(mutex_);
    while (taken_ == bytes_.size() && !finished_ && !error_) {
      if (go_on) LAKE_CHECK_OK(go_on());
      news_.wait_for(mutex_, kAskAgain);
    }
    count = std::min(into.size(), bytes_.size() - taken_);
    if (count == 0) {
      if (error_) return *error_;
      return count;
    }
    std::memcpy(into.data(), bytes_.data() + taken_, count);
    taken_ += count;
    if (taken_ == bytes_.size()) {
      bytes_.clear();
      taken_ = 0;
    }
  }
  notify_();
  return count;
}

bool IncomingBody::wanted() const {
  const MutexLock lock(mutex_);
  return wanted_;
}

bool IncomingBody::has_room(std::size_t count) const {
  const MutexLock lock(mutex_);
  return bytes_.size() + count <= kBytesMax;
}

void IncomingBody::put(std::string_view bytes) {
  const MutexLock lock(mutex_);
  bytes_ += bytes;
  news_.notify_all();
}

void IncomingBody::finish() {
  const MutexLock lock(mutex_);
  finished_ = true;
  news_.notify_all();
}

bool IncomingBody::finished() const {
  const MutexLock lock(mutex_);
  return finished_;
}

void IncomingBody::fail(Error error) {
  const MutexLock lock(mutex_);
  error_ = std::move(error);
  news_.notify_all();
}

}  // namespace lake::http
