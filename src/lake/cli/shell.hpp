#pragma once

#include <string>

#include "lake/cli/conversation.hpp"
#include "lake/cli/line_editor.hpp"
#include "lake/cli/sql_verb.hpp"

namespace lake::cli {

/// The interactive loop of `dplake sql`: statements over several lines, dot commands, history, completion,
/// progress. Ctrl-C drops the line being typed or cancels the running statement; after that, or after an
/// error, the statements that came with it are not run. Ctrl-D or .quit ends the loop.
class Shell {
 public:
  Shell(const Surroundings& around, Conversation& conversation, query::Format format);
  /// The exit code.
  int run();

 private:
  enum class Next { kGoOn, kQuit };

  Next command(const std::string& line);
  void statements(const std::string& script);
  /// False when what comes after it on the line must not run.
  bool run_one(const std::string& sql, const std::string& script, std::size_t offset);
  void print_query(const std::string& sql);
  void tables(const std::string& pattern);
  void schema(const std::string& pattern);
  [[nodiscard]] bool is_complete(const std::string& text);

  const Surroundings& around_;
  Conversation& conversation_;
  query::Format format_;
  bool timer_ = false;
  ProgressLine line_;
  LineEditor editor_;
};

}  // namespace lake::cli
