#include "execution.hpp"

#include <charconv>
#include <cstdlib>
#include <functional>
#include <thread>

namespace lake::sqltest {
namespace {

enum class Flow { kNext, kStop };

std::string indented(const std::string& sql) {
  std::string text = "    ";
  for (const char c : sql) {
    text += c;
    if (c == '\n') text += "    ";
  }
  return text + "\n";
}

/// What the threads of one file share.
struct Shared {
  const Script& script;
  Driver& driver;
  const std::set<std::string>& traits;
  Mutex mutex;
  Outcome outcome LAKE_GUARDED_BY(mutex);
  std::map<std::string, TextRows> labels LAKE_GUARDED_BY(mutex);
};

/// Walks commands with its own variables and connections.
class Walk {
 public:
  Walk(Shared& shared, Variables variables) : shared_(shared), variables_(std::move(variables)) {}

  Flow block(const std::vector<Command>& commands) {
    for (const Command& command : commands) {
      if (stopped()) return Flow::kStop;
      if (left_out(command)) continue;
      if (step(command) == Flow::kStop) return Flow::kStop;
    }
    return Flow::kNext;
  }

 private:
  bool stopped() {
    const MutexLock lock(shared_.mutex);
    return !shared_.outcome.failures.empty() || !shared_.outcome.left_out.empty();
  }

  Flow fail(const Command& command, const std::string& what) {
    const MutexLock lock(shared_.mutex);
    std::string text = shared_.script.path + ":" + std::to_string(command.line) + ": " + what;
    if (!text.ends_with('\n')) text += '\n';
    for (const auto& [name, value] : loop_variables_) text += "  with " + name + " = " + value + "\n";
    shared_.outcome.failures.push_back(std::move(text));
    return Flow::kStop;
  }

  void count_skip(const std::string& reason) {
    const MutexLock lock(shared_.mutex);
    ++shared_.outcome.skipped;
    shared_.outcome.skip_reasons.insert(reason);
  }

  bool left_out(const Command& command) {
    for (const Condition& condition : command.conditions) {
      if (shared_.traits.contains(condition.trait) == condition.wanted) continue;
      count_skip(condition.reason);
      return true;
    }
    if (skip_reason_.empty() || command.kind == CommandKind::kMode) return false;
    count_skip(skip_reason_);
    return true;
  }

  Flow step(const Command& command) {
    {
      const MutexLock lock(shared_.mutex);
      ++shared_.outcome.commands;
    }
    switch (command.kind) {
      case CommandKind::kStatementOk:
      case CommandKind::kStatementError:
      case CommandKind::kStatementMaybe:
        return statement(command);
      case CommandKind::kQuery:
        return query(command);
      case CommandKind::kLoop:
      case CommandKind::kForeach:
        return loop(command);
      case CommandKind::kRequire:
        return require(command);
      case CommandKind::kRestart:
        return restart(command);
      case CommandKind::kCheck:
        return check(command);
      case CommandKind::kReconnect:
        connections_.erase(current_);
        return Flow::kNext;
      case CommandKind::kConnection:
        current_ = substitute(command.words[0], variables_);
        return Flow::kNext;
      case CommandKind::kMode:
        return mode(command);
      case CommandKind::kEnv:
        return env(command);
      case CommandKind::kHalt:
        return Flow::kStop;
    }
    return fail(command, "the command is not built");
  }

  Result<Answer> run(const Command& command, const std::string& sql) {
    const std::string name =
        command.connection.empty() ? current_ : substitute(command.connection, variables_);
    auto& connection = connections_[name];
    if (!connection) {
      LAKE_TRY(connection, shared_.driver.connect());
    }
    return connection->run(sql);
  }

  Flow statement(const Command& command) {
    const std::string sql = substitute(command.sql, variables_);
    const auto answer = run(command, sql);
    if (command.kind == CommandKind::kStatementMaybe) return Flow::kNext;
    if (command.kind == CommandKind::kStatementOk) {
      if (answer) return Flow::kNext;
      return fail(command, "the statement failed\n" + indented(sql) + "  got " +
                               std::string(name_of(answer.error().code())) + ": " + answer.error().message());
    }
    const std::string wanted = substitute(command.words[0], variables_);
    if (answer)
      return fail(command, "the statement should fail with " + wanted + " and passed\n" + indented(sql));
    const std::string got(name_of(answer.error().code()));
    if (!shared_.traits.contains("error_codes")) return Flow::kNext;
    std::string part;
    for (const auto& line : command.expected)
      part += (part.empty() ? "" : "\n") + substitute(line, variables_);
    if (got == wanted && answer.error().message().find(part) != std::string::npos) return Flow::kNext;
    return fail(command, "the statement failed otherwise than expected\n" + indented(sql) + "  expected " +
                             wanted + (part.empty() ? "" : " with: " + part) + "\n  got " + got + ": " +
                             answer.error().message());
  }

  Flow query(const Command& command) {
    const std::string sql = substitute(command.sql, variables_);
    const auto answer = run(command, sql);
    if (!answer) {
      return fail(command, "the query failed\n" + indented(sql) + "  got " +
                               std::string(name_of(answer.error().code())) + ": " + answer.error().message());
    }
    if (command.has_expected) {
      std::vector<std::string> expected;
      for (const auto& line : command.expected) expected.push_back(substitute(line, variables_));
      const std::string what =
          difference(substitute(command.words[0], variables_), command.sort, expected, *answer);
      if (!what.empty())
        return fail(command, "the query gave other rows than expected\n" + indented(sql) + what);
    }
    if (!command.words[1].empty()) return labelled(command, sql, *answer);
    return Flow::kNext;
  }

  Flow labelled(const Command& command, const std::string& sql, const Answer& answer) {
    TextRows rows = text_rows(answer);
    sort_rows(rows, command.sort);
    std::string what;
    {
      const MutexLock lock(shared_.mutex);
      const auto [known, is_new] = shared_.labels.emplace(command.words[1], rows);
      if (!is_new && known->second != rows) {
        what = "rows with the label " + command.words[1] + " differ: first " +
               std::to_string(known->second.size()) + " rows, now " + std::to_string(rows.size()) + "\n" +
               indented(sql);
        for (std::size_t i = 0; i < std::min(rows.size(), known->second.size()); ++i) {
          if (known->second[i] == rows[i]) continue;
          what += "  first difference at row " + std::to_string(i + 1) + "\n    was ";
          for (const auto& value : known->second[i]) what += value + "\t";
          what += "\n    now ";
          for (const auto& value : rows[i]) what += value + "\t";
          break;
        }
      }
    }
    return what.empty() ? Flow::kNext : fail(command, what);
  }

  Result<std::vector<std::string>> loop_values(const Command& command) {
    std::vector<std::string> words;
    for (const auto& word : command.words) words.push_back(substitute(word, variables_));
    if (command.kind == CommandKind::kForeach)
      return std::vector<std::string>(words.begin() + 1, words.end());
    std::int64_t bounds[2] = {};
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string& word = words[i + 1];
      if (std::from_chars(word.data(), word.data() + word.size(), bounds[i]).ec != std::errc()) {
        return Error(ErrorCode::kInvalidArgument, "not a number: " + word);
      }
    }
    std::vector<std::string> values;
    for (std::int64_t i = bounds[0]; i < bounds[1]; ++i) values.push_back(std::to_string(i));
    return values;
  }

  Flow loop(const Command& command) {
    const auto values = loop_values(command);
    if (!values) return fail(command, values.error().message());
    if (command.concurrent) return concurrent_loop(command, *values);
    for (const auto& value : *values) {
      variables_.emplace_back(command.words[0], value);
      loop_variables_.emplace_back(command.words[0], value);
      const Flow flow = block(command.body);
      variables_.pop_back();
      loop_variables_.pop_back();
      if (flow == Flow::kStop) return flow;
    }
    return Flow::kNext;
  }

  Flow concurrent_loop(const Command& command, const std::vector<std::string>& values) {
    std::vector<std::thread> threads;
    for (const auto& value : values) {
      threads.emplace_back([this, &command, value] {
        Variables variables = variables_;
        variables.emplace_back(command.words[0], value);
        Walk walk(shared_, std::move(variables));
        walk.loop_variables_ = loop_variables_;
        walk.loop_variables_.emplace_back(command.words[0], value);
        walk.block(command.body);
      });
    }
    for (auto& thread : threads) thread.join();
    return stopped() ? Flow::kStop : Flow::kNext;
  }

  Flow require(const Command& command) {
    for (const auto& word : command.words) {
      const bool absent = word.starts_with('!');
      if (shared_.traits.contains(absent ? word.substr(1) : word) != absent) continue;
      const MutexLock lock(shared_.mutex);
      shared_.outcome.left_out = "requires " + word;
      return Flow::kStop;
    }
    return Flow::kNext;
  }

  Flow restart(const Command& command) {
    connections_.clear();
    if (const auto status = shared_.driver.restart(); !status) {
      return fail(command, "the lake did not open again: " + status.error().message());
    }
    return Flow::kNext;
  }

  Flow check(const Command& command) {
    if (const auto status = shared_.driver.check(); !status)
      return fail(command, "check: " + status.error().message());
    return Flow::kNext;
  }

  Flow mode(const Command& command) {
    skip_reason_.clear();
    if (command.words[0] == "unskip") return Flow::kNext;
    if (command.words[0] != "skip") return fail(command, "mode is skip or unskip");
    for (std::size_t i = 1; i < command.words.size(); ++i)
      skip_reason_ += (i == 1 ? "" : " ") + command.words[i];
    return Flow::kNext;
  }

  Flow env(const Command& command) {
    const char* given = std::getenv(command.words[0].c_str());
    variables_.emplace_back(command.words[0],
                            given != nullptr ? given : substitute(command.words[1], variables_));
    return Flow::kNext;
  }

  Shared& shared_;
  Variables variables_;
  Variables loop_variables_;
  std::map<std::string, std::unique_ptr<Connection>> connections_;
  std::string current_;
  std::string skip_reason_;
};

}  // namespace

Outcome execute(const Script& script, Driver& driver, const std::set<std::string>& traits,
                Variables variables) {
  Shared shared{script, driver, traits, {}, {}, {}};
  {
    Walk walk(shared, std::move(variables));
    walk.block(script.commands);
  }
  const MutexLock lock(shared.mutex);
  return shared.outcome;
}

}  // namespace lake::sqltest
