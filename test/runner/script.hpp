#pragma once

#include <string>
#include <vector>

#include "lake/base/result.hpp"

namespace lake::sqltest {

enum class CommandKind {
  kStatementOk,
  kStatementError,  // words[0] is the ErrorCode name
  kStatementMaybe,  // either way is right
  kQuery,           // words: types, sort, label
  kConnection,      // words[0]: used by what follows
  kRestart,
  kReconnect,
  kLoop,     // words: variable, begin, end
  kForeach,  // words: variable, values...
  kRequire,  // words: thing...
  kMode,     // words: skip|unskip, reason...
  kEnv,      // words: name, value
  kCheck,    // the lake verifies itself
  kHalt,
};

enum class Sort { kNone, kRows, kValues };

/// `skipif <trait> reason` or `onlyif <trait> reason` before a command.
struct Condition {
  bool wanted = true;  // run only when the trait is present (onlyif) or absent (skipif)
  std::string trait;
  std::string reason;
};

/// One step of a test file.
struct Command {
  CommandKind kind = CommandKind::kStatementOk;
  int line = 0;  // 1-based, of the command word
  std::vector<std::string> words;
  std::string sql;
  std::string connection;  // empty = the default one
  Sort sort = Sort::kNone;
  bool has_expected = false;
  std::vector<std::string> expected;
  bool concurrent = false;  // loops: one thread for each value
  std::vector<Command> body;
  std::vector<Condition> conditions;
};

struct Script {
  std::string path;
  std::vector<Command> commands;
};

/// Parses the dialect of docs/testing.md (DuckDB's sqllogictest with our error codes and restarts).
/// Errors: kInvalidArgument, the message begins with "path:line".
Result<Script> parse_script(const std::string& path, const std::string& text);

/// Replaces ${name} by its value; unknown names stay. Later variables win.
using Variables = std::vector<std::pair<std::string, std::string>>;
std::string substitute(const std::string& text, const Variables& variables);

}  // namespace lake::sqltest
