#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lake/cli/terminal.hpp"

namespace lake::cli {

/// Words that may stand at the end of `text` (the line up to the cursor, with the lines before it).
using Completer = std::function<std::vector<std::string>(const std::string& text)>;

/// Lines from a terminal with editing, history and completion (libedit).
/// Threads: one. Lifetime: `interrupts` outlives it.
class LineEditor {
 public:
  enum class Outcome { kLine, kEnd, kInterrupted };

  /// `history_path`: read now, written by remember(); empty = none.
  LineEditor(Interrupts& interrupts, std::string history_path, Completer completer);
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  /// Reads one line, without its end. kEnd: Ctrl-D on an empty line; kInterrupted: Ctrl-C, the line is
  /// dropped.
  Outcome read(const std::string& prompt, std::string& line);
  /// Adds an entry (it may span lines) to the history and its file.
  void remember(const std::string& entry);
  /// What was typed in earlier lines of the same statement, for the completer.
  void set_context(const std::string& text);

 private:
  friend struct LineEditorCallbacks;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lake::cli
