#include "lake/cli/terminal.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include "lake/codec/utf8.hpp"

namespace lake::cli {
namespace {

constexpr int kLookMillis = 150;
constexpr auto kQuietAtFirst = std::chrono::milliseconds(500);
constexpr int kBarWidth = 30;

std::atomic<bool> abandoned = false;

/// Whether a terminal obeys it and does not show it, or it turns the direction of text: C0, DEL, C1, U+202A
/// to U+202E, U+2066 to U+2069.
bool is_command(std::uint32_t value) {
  const bool is_control = value < 0x20 || (value >= 0x7F && value < 0xA0);
  return is_control || (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069);
}

}  // namespace

std::string harmless(std::string_view text) {
  std::string shown;
  for (std::size_t at = 0; at < text.size();) {
    const auto point = codec::first_code_point(text.substr(at));
    const auto character = text.substr(at, point ? point->bytes : 1);
    if (point && !is_command(point->value)) {
      shown += character;
    } else {
      for (const char byte : character) shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
    at += character.size();
  }
  return shown;
}

bool input_is_terminal() { return isatty(STDIN_FILENO) == 1; }
bool output_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool errors_are_a_terminal() { return isatty(STDERR_FILENO) == 1; }

Status write_output(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() && std::fflush(stdout) == 0)
    return ok();
  if (errno == EPIPE) abandoned = true;
  return Error(ErrorCode::kIo, "cannot write to standard output");
}

bool output_is_abandoned() { return abandoned; }

void say(const std::string& line) {
  std::fputs(line.c_str(), stderr);
  std::fputc('\n', stderr);
}

Interrupts::Interrupts() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0)
    descriptor_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  // A reader that goes away is an error of the write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
}

Interrupts::~Interrupts() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Interrupts::take() {
  bool any = false;
  signalfd_siginfo info{};
  while (::read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) any = true;
  return any;
}

namespace {

void change_interrupt(int how) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  pthread_sigmask(how, &set, nullptr);
}

}  // namespace

PlainInterrupts::PlainInterrupts() { change_interrupt(SIG_UNBLOCK); }
PlainInterrupts::~PlainInterrupts() { change_interrupt(SIG_BLOCK); }

Result<std::string> read_input(Interrupts& interrupts, std::uint64_t bytes_max) {
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    pollfd wanted[2] = {{STDIN_FILENO, POLLIN, 0}, {interrupts.descriptor(), POLLIN, 0}};
    if (poll(wanted, 2, -1) < 0) continue;  // a changed window size
    if (wanted[1].revents != 0 && interrupts.take()) return Error(ErrorCode::kCancelled, "interrupted");
    if (wanted[0].revents == 0) continue;
    const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return Error(ErrorCode::kIo, "cannot read standard input");
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > bytes_max)
      return Error(ErrorCode::kResourceExhausted,
                   "standard input holds more than " + std::to_string(bytes_max) + " bytes");
  }
}

ProgressLine::ProgressLine(os::Clock& clock) : enabled_(errors_are_a_terminal()), clock_(clock) {}

void ProgressLine::begin(const std::string& what) {
  const MutexLock lock(mutex_);
  what_ = what;
  begun_ = clock_.monotonic_now();
  hidden_ = false;
}

void ProgressLine::show(const query::Progress& progress) {
  const MutexLock lock(mutex_);
  const auto passed = clock_.monotonic_now() - begun_;
  if (!enabled_ || hidden_ || (passed < kQuietAtFirst && !drawn_)) return;
  const double seconds = std::chrono::duration<double>(passed).count();
  std::string text = what_.empty() ? "" : what_ + " ";
  if (progress.percent >= 0) {
    const int full = static_cast<int>(std::min(progress.percent, 100.0) / 100 * kBarWidth);
    text +=
        fmt::format("{:3.0f}% [{}{}] ", progress.percent, std::string(static_cast<std::size_t>(full), '='),
                    std::string(static_cast<std::size_t>(kBarWidth - full), ' '));
  }
  std::fputs(("\r\033[K" + text + fmt::format("{:.1f} s", seconds)).c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressLine::hide() {
  const MutexLock lock(mutex_);
  hidden_ = true;
  if (!std::exchange(drawn_, false)) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

StatementWatch::StatementWatch(Interrupts& interrupts, ProgressLine& line, std::function<void()> cancel,
                               std::function<query::Progress()> progress)
    : interrupts_(interrupts),
      line_(line),
      cancel_(std::move(cancel)),
      progress_(std::move(progress)),
      done_(eventfd(0, EFD_CLOEXEC)),
      thread_([this] { watch(); }) {}

StatementWatch::~StatementWatch() {
  const std::uint64_t one = 1;
  // An eventfd takes a first write always.
  [[maybe_unused]] const ssize_t written = ::write(done_, &one, sizeof one);
  thread_.join();
  ::close(done_);
  line_.hide();
}

void StatementWatch::watch() {
  while (true) {
    pollfd wanted[2] = {{done_, POLLIN, 0}, {interrupts_.descriptor(), POLLIN, 0}};
    const int ready = poll(wanted, 2, kLookMillis);
    if (ready > 0 && wanted[0].revents != 0) return;
    if (ready > 0 && wanted[1].revents != 0 && interrupts_.take()) cancel_();
    line_.show(progress_());
  }
}

}  // namespace lake::cli
