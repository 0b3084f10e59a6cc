#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/cli/conversation.hpp"
#include "lake/cli/output.hpp"
#include "lake/cli/terminal.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"

namespace lake::cli {

/// What every verb works with; outlives it.
struct Surroundings {
  os::FileSystem& files;
  os::Clock& clock;
  os::Random& random;
  Interrupts& interrupts;
  const std::map<std::string, std::string>& environment;
};

struct SqlRequest {
  std::vector<std::string> commands;  // -c, in order
  std::vector<std::string> files;     // -f, in order, after the commands
  std::string format = "table";
  std::string output;  // -o; empty = standard output
};

/// Told on standard error after a result that was cut.
constexpr const char* kTruncatedNote =
    "note: the server gives no more rows than its query.rows_max; there are more";

/// An error as people read it: "error (not_found): ...", with line and column of `script` when the error
/// points into it.
std::string error_text(const Error& error, const std::string& script, const std::string& name);

/// Runs commands, files, standard input or, on a terminal without either, the shell. The exit code: 0; 1
/// after an error, which was told; 2 for a wrong request; 141, without a word, when the reader of standard
/// output went away, as of a program that SIGPIPE ends.
int sql_verb(const Surroundings& around, Conversation& conversation, const SqlRequest& request);

}  // namespace lake::cli
