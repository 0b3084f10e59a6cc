#include "script.hpp"

#include <sstream>
#include <utility>

namespace lake::sqltest {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string joined(const std::vector<std::string>& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (i == from ? "" : " ") + words[i];
  return text;
}

class Parser {
 public:
  Parser(const std::string& path, const std::string& text) : path_(path) {
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      lines_.push_back(std::move(line));
    }
  }

  /// Commands up to the end of the file (`loop_line` 0) or to `endloop`.
  Result<std::vector<Command>> block(int loop_line) {
    std::vector<Command> commands;
    std::vector<Condition> conditions;
    while (next_ < lines_.size()) {
      const std::string& line = lines_[next_];
      if (line.empty() || line[0] == '#') {
        ++next_;
        continue;
      }
      auto words = words_of(line);
      if (words.empty()) {
        ++next_;
        continue;
      }
      const int number = static_cast<int>(next_) + 1;
      ++next_;
      if (words[0] == "skipif" || words[0] == "onlyif") {
        if (words.size() < 3) return fail(number, words[0] + " needs a trait and a reason");
        conditions.push_back({words[0] == "onlyif", words[1], joined(words, 2)});
        continue;
      }
      if (words[0] == "endloop") {
        if (loop_line == 0) return fail(number, "endloop without a loop");
        return commands;
      }
      LAKE_TRY(Command command, one(number, words));
      command.conditions = std::exchange(conditions, {});
      commands.push_back(std::move(command));
    }
    if (loop_line != 0) return fail(loop_line, "the loop has no endloop");
    return commands;
  }

 private:
  [[nodiscard]] Error fail(int line, const std::string& what) const {
    return {ErrorCode::kInvalidArgument, path_ + ":" + std::to_string(line) + ": " + what};
  }

  void read_sql(Command& command) {
    while (next_ < lines_.size() && !lines_[next_].empty() && lines_[next_] != "----") {
      command.sql += (command.sql.empty() ? "" : "\n") + lines_[next_++];
    }
    if (next_ >= lines_.size() || lines_[next_] != "----") return;
    command.has_expected = true;
    for (++next_; next_ < lines_.size() && !lines_[next_].empty(); ++next_) {
      command.expected.push_back(lines_[next_]);
    }
  }

  Result<Command> one(int number, std::vector<std::string> words) {
    Command command;
    command.line = number;
    const std::string name = words[0];
    words.erase(words.begin());
    if (name == "statement") return statement(std::move(command), words);
    if (name == "query") return query(std::move(command), words);
    if (name == "loop" || name == "foreach" || name == "concurrentloop" || name == "concurrentforeach") {
      return loop(std::move(command), name, std::move(words));
    }
    struct Plain {
      const char* name;
      CommandKind kind;
      std::size_t words_min;
    };
    constexpr Plain kPlain[] = {{"connection", CommandKind::kConnection, 1},
                                {"restart", CommandKind::kRestart, 0},
                                {"reconnect", CommandKind::kReconnect, 0},
                                {"require", CommandKind::kRequire, 1},
                                {"mode", CommandKind::kMode, 1},
                                {"env", CommandKind::kEnv, 2},
                                {"check", CommandKind::kCheck, 0},
                                {"halt", CommandKind::kHalt, 0}};
    for (const Plain& plain : kPlain) {
      if (name != plain.name) continue;
      if (words.size() < plain.words_min) return fail(number, name + " needs an argument");
      command.kind = plain.kind;
      command.words = std::move(words);
      if (command.kind == CommandKind::kMode && command.words[0] == "skip" && command.words.size() < 2) {
        return fail(number, "mode skip needs a reason");
      }
      return command;
    }
    return fail(number, "unknown command '" + name + "'");
  }

  Result<Command> statement(Command command, const std::vector<std::string>& words) {
    std::size_t used = 1;
    if (words.empty()) return fail(command.line, "statement needs ok, error or maybe");
    if (words[0] == "ok") {
      command.kind = CommandKind::kStatementOk;
    } else if (words[0] == "maybe") {
      command.kind = CommandKind::kStatementMaybe;
    } else if (words[0] == "error") {
      command.kind = CommandKind::kStatementError;
      if (words.size() < 2) return fail(command.line, "statement error needs an error code");
      command.words = {words[1]};
      used = 2;
    } else {
      return fail(command.line, "statement needs ok, error or maybe");
    }
    if (words.size() > used) command.connection = words[used];
    read_sql(command);
    if (command.sql.empty()) return fail(command.line, "statement without SQL");
    return command;
  }

  Result<Command> query(Command command, const std::vector<std::string>& words) {
    command.kind = CommandKind::kQuery;
    if (words.empty()) return fail(command.line, "query needs one type letter for each column");
    command.words = {words[0], ""};
    for (std::size_t i = 1; i < words.size(); ++i) {
      if (words[i] == "rowsort") {
        command.sort = Sort::kRows;
      } else if (words[i] == "valuesort") {
        command.sort = Sort::kValues;
      } else if (words[i].starts_with("label:")) {
        command.words[1] = words[i].substr(6);
      } else if (words[i] != "nosort") {
        command.connection = words[i];
      }
    }
    read_sql(command);
    if (command.sql.empty()) return fail(command.line, "query without SQL");
    if (!command.has_expected && command.words[1].empty()) {
      return fail(command.line, "query without expected rows (----) and without label:");
    }
    return command;
  }

  Result<Command> loop(Command command, const std::string& name, std::vector<std::string> words) {
    const bool counts = name.ends_with("loop");
    command.kind = counts ? CommandKind::kLoop : CommandKind::kForeach;
    command.concurrent = name.starts_with("concurrent");
    if (counts ? words.size() != 3 : words.size() < 2)
      return fail(command.line, name + " has wrong arguments");
    command.words = std::move(words);
    LAKE_TRY(command.body, block(command.line));
    return command;
  }

  std::string path_;
  std::vector<std::string> lines_;
  std::size_t next_ = 0;
};

}  // namespace

Result<Script> parse_script(const std::string& path, const std::string& text) {
  Script script{path, {}};
  LAKE_TRY(script.commands, Parser(path, text).block(0));
  return script;
}

std::string substitute(const std::string& text, const Variables& variables) {
  std::string result = text;
  for (auto variable = variables.rbegin(); variable != variables.rend(); ++variable) {
    const std::string name = "${" + variable->first + "}";
    for (std::size_t at = result.find(name); at != std::string::npos; at = result.find(name, at)) {
      result.replace(at, name.size(), variable->second);
      at += variable->second.size();
    }
  }
  return result;
}

}  // namespace lake::sqltest
