#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "lake/base/mutex.hpp"
#include "lake/base/result.hpp"
#include "lake/os/clock.hpp"
#include "lake/query/session.hpp"

namespace lake::cli {

/// Standard streams and whether people look at them.
bool input_is_terminal();
bool output_is_terminal();
bool errors_are_a_terminal();
/// Writes to standard output. Errors: kIo (closed pipe, full disk).
Status write_output(std::string_view bytes);
/// True once a write has found that nobody reads standard output any more (`| head`).
bool output_is_abandoned();
/// Text that is nothing but text to a terminal: what it obeys and does not show, what turns the direction of
/// text, and bytes that are no UTF-8 stand as \xFF.
std::string harmless(std::string_view text);
/// Writes a line to standard error.
void say(const std::string& line);

/// Ctrl-C as something to wait for, instead of the end of the program. Made before any thread starts (threads
/// inherit the blocked signal).
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  /// Readable when Ctrl-C was pressed; -1 when the system gave none.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Takes what was pressed so far; true when there was something.
  bool take();

 private:
  int descriptor_ = -1;
};

/// While alive, Ctrl-C ends the program as if there were no Interrupts: for this thread's waiting where
/// nothing can be cancelled and nothing is lost. Made and gone in one thread.
class PlainInterrupts {
 public:
  PlainInterrupts();
  ~PlainInterrupts();
  PlainInterrupts(const PlainInterrupts&) = delete;
  PlainInterrupts& operator=(const PlainInterrupts&) = delete;
};

/// Reads standard input to its end. Errors: kCancelled (Ctrl-C), kResourceExhausted (more than `bytes_max`),
/// kIo.
Result<std::string> read_input(Interrupts& interrupts, std::uint64_t bytes_max);

/// One line at the end of standard error that tells how far a statement is; nothing off a terminal.
/// Threads: any.
class ProgressLine {
 public:
  explicit ProgressLine(os::Clock& clock);
  /// Begins a piece of work; `what` stands in front of the bar.
  void begin(const std::string& what);
  void show(const query::Progress& progress);
  /// Clears the line; it stays away until the next begin().
  void hide();

 private:
  const bool enabled_;
  os::Clock& clock_;
  Mutex mutex_;
  bool hidden_ LAKE_GUARDED_BY(mutex_) = true;
  bool drawn_ LAKE_GUARDED_BY(mutex_) = false;
  std::string what_ LAKE_GUARDED_BY(mutex_);
  os::MonotonicTime begun_ LAKE_GUARDED_BY(mutex_){};
};

/// While alive: Ctrl-C calls `cancel`, and the progress line is kept up to date.
class StatementWatch {
 public:
  StatementWatch(Interrupts& interrupts, ProgressLine& line, std::function<void()> cancel,
                 std::function<query::Progress()> progress);
  ~StatementWatch();
  StatementWatch(const StatementWatch&) = delete;
  StatementWatch& operator=(const StatementWatch&) = delete;

 private:
  void watch();

  Interrupts& interrupts_;
  ProgressLine& line_;
  std::function<void()> cancel_;
  std::function<query::Progress()> progress_;
  int done_ = -1;
  std::thread thread_;
};

}  // namespace lake::cli
