#include "lake/os/directory_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace lake::os {
namespace {

class InotifyWatch final : public DirectoryWatch {
 public:
  InotifyWatch(int events, int stop) : events_(events), stop_(stop) {}
  ~InotifyWatch() override {
    if (events_ >= 0) ::close(events_);
    ::close(stop_);
  }
  InotifyWatch(const InotifyWatch&) = delete;
  InotifyWatch& operator=(const InotifyWatch&) = delete;

  bool wait(std::chrono::milliseconds timeout) override {
    std::array<pollfd, 2> watched{{{stop_, POLLIN, 0}, {events_, POLLIN, 0}}};
    const nfds_t count = events_ >= 0 ? 2 : 1;
    const int ready = ::poll(watched.data(), count, static_cast<int>(timeout.count()));
    if (ready > 0 && (watched[0].revents & POLLIN) != 0) return false;
    if (ready > 0) forget_events();
    return true;
  }

  void stop() override {
    const std::uint64_t one = 1;
    // The counter cannot be full: nobody adds to it but this.
    static_cast<void>(!::write(stop_, &one, sizeof one));
  }

 private:
  void forget_events() const {
    std::array<char, 4096> events{};
    while (::read(events_, events.data(), events.size()) > 0) {
    }
  }

  const int events_;  // -1: the system has no more
  const int stop_;
};

}  // namespace

Result<std::unique_ptr<DirectoryWatch>> watch_directories(const std::vector<std::string>& paths) {
  const int stop = ::eventfd(0, EFD_CLOEXEC);
  if (stop < 0)
    return Error(ErrorCode::kIo, std::string("cannot make an event descriptor: ") + std::strerror(errno));
  const int events = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  for (const auto& path : paths) {
    // One that cannot be watched is looked at when the time of a wait is over.
    if (events >= 0)
      ::inotify_add_watch(events, path.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MODIFY);
  }
  return std::unique_ptr<DirectoryWatch>(std::make_unique<InotifyWatch>(events, stop));
}

}  // namespace lake::os
