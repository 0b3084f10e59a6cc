#include "lake/cli/sql_verb.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <csignal>
#include <optional>

#include "lake/cli/shell.hpp"

namespace lake::cli {
namespace {

constexpr std::uint64_t kScriptBytesMax = 1ULL << 30U;
constexpr int kFailed = 1;
constexpr int kAbandoned = 128 + SIGPIPE;

/// BEGIN or START TRANSACTION, after blanks and in any case.
bool may_begin_transaction(std::string_view sql) {
  std::string word;
  for (const char letter : sql) {
    if (std::isalpha(static_cast<unsigned char>(letter)) != 0) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    } else if (!word.empty()) {
      break;
    }
  }
  return word == "begin" || word == "start";
}

/// Runs scripts one after the other into one output.
class Batch {
 public:
  Batch(const Surroundings& around, Conversation& conversation, query::Format format, Output& output)
      : around_(around), conversation_(conversation), format_(format), output_(output), line_(around.clock) {}

  /// False after the first failure, which is told on standard error.
  bool run(const std::string& name, const std::string& script) {
    const auto statements = conversation_.split(script);
    if (!statements) {
      say(error_text(statements.error(), script, name));
      return false;
    }
    for (const auto& statement : *statements) {
      if (const auto status = run_one(statement.sql); !status) {
        // Who closed the pipe has seen enough.
        if (output_is_abandoned()) return false;
        Error error = status.error();
        if (error.position() >= 0)
          error = error.at(error.position() + static_cast<std::int64_t>(statement.offset));
        say(error_text(error, script, name));
        return false;
      }
    }
    return true;
  }

  /// False, and told, when the scripts end inside a transaction: what it did would be lost without a word.
  bool ended_outside_transaction() {
    if (!began_) return true;
    const auto nowhere = [](std::string_view /*bytes*/) -> Status { return ok(); };
    if (!conversation_.run("ROLLBACK", query::Format::kCsv, nowhere)) return true;
    say("error (invalid_argument): the statements end inside a transaction, and nothing of it is stored; "
        "COMMIT "
        "is missing");
    return false;
  }

 private:
  Status run_one(const std::string& sql) {
    began_ = began_ || may_begin_transaction(sql);
    line_.begin("");
    std::atomic<bool> interrupted = false;
    const auto cancel = [&] {
      interrupted = true;
      conversation_.cancel();
    };
    const StatementWatch watch(around_.interrupts, line_, cancel,
                               [this] { return conversation_.progress(); });
    bool wrote = false;
    const auto outcome = conversation_.run(sql, format_, [&](std::string_view bytes) -> Status {
      if (bytes.empty()) return ok();
      if (!wrote && format_ == query::Format::kParquet && wrote_parquet_) {
        return Error(ErrorCode::kInvalidArgument, "a Parquet file holds one result; give one query");
      }
      line_.hide();
      wrote = true;
      return output_.write(bytes);
    });
    wrote_parquet_ = wrote_parquet_ || wrote;
    if (!outcome) return outcome.error();
    if (outcome->truncated) say(kTruncatedNote);
    // It came too late for this statement, and is meant for what follows too.
    if (interrupted) return Error(ErrorCode::kCancelled, "interrupted; the statement before was done");
    return ok();
  }

  const Surroundings& around_;
  Conversation& conversation_;
  query::Format format_;
  Output& output_;
  ProgressLine line_;
  bool wrote_parquet_ = false;
  bool began_ = false;  // a transaction, which may have ended since
};

int batch_failed() { return output_is_abandoned() ? kAbandoned : kFailed; }

Result<std::unique_ptr<Output>> open_output(const Surroundings& around, const std::string& path) {
  // For the reader of a named pipe; a file would be left behind half made.
  const auto info = around.files.stat(path);
  std::optional<PlainInterrupts> waiting;
  if (info && info->kind == os::FileKind::kOther) waiting.emplace();
  return file_output(around.files, around.random, path);
}

int run_batch(const Surroundings& around, Conversation& conversation, const SqlRequest& request,
              query::Format format) {
  if (format == query::Format::kParquet && request.output.empty() && output_is_terminal()) {
    say("dplake: Parquet is not for terminals; -o FILE or a redirection takes it");
    return 2;
  }
  std::unique_ptr<Output> output = standard_output();
  if (!request.output.empty()) {
    auto file = open_output(around, request.output);
    if (!file) {
      say(error_text(file.error(), "", ""));
      return kFailed;
    }
    output = std::move(*file);
  }
  Batch batch(around, conversation, format, *output);
  for (const auto& command : request.commands) {
    if (!batch.run("-c", command)) return batch_failed();
  }
  for (const auto& path : request.files) {
    const auto script = around.files.read_file(path, kScriptBytesMax);
    if (!script) {
      say(error_text(script.error(), "", ""));
      return kFailed;
    }
    if (!batch.run(path, *script)) return batch_failed();
  }
  if (request.commands.empty() && request.files.empty()) {
    const auto script = read_input(around.interrupts, kScriptBytesMax);
    if (!script) {
      say(error_text(script.error(), "", ""));
      return kFailed;
    }
    if (!batch.run("standard input", *script)) return batch_failed();
  }
  if (!batch.ended_outside_transaction()) return kFailed;
  if (const auto status = output->finish(); !status) {
    say(error_text(status.error(), "", ""));
    return kFailed;
  }
  return 0;
}

}  // namespace

std::string error_text(const Error& error, const std::string& script, const std::string& name) {
  std::string text = "error (" + std::string(name_of(error.code())) + "): " + error.message();
  if (error.position() < 0 || static_cast<std::size_t>(error.position()) > script.size() || script.empty())
    return text;
  const auto position = static_cast<std::ptrdiff_t>(error.position());
  const auto line = std::count(script.begin(), script.begin() + position, '\n') + 1;
  const std::size_t begin =
      position == 0 ? std::string::npos : script.rfind('\n', static_cast<std::size_t>(position) - 1);
  const auto column = position - (begin == std::string::npos ? -1 : static_cast<std::ptrdiff_t>(begin));
  return text + "\n  at " + name + ", line " + std::to_string(line) + ", column " + std::to_string(column);
}

int sql_verb(const Surroundings& around, Conversation& conversation, const SqlRequest& request) {
  const auto format = query::format_named(request.format);
  if (!format) {
    say("dplake sql: unknown format '" + request.format +
        "' (table, csv, tsv, json, ndjson, markdown, parquet)");
    return 2;
  }
  const bool asks_for_shell = request.commands.empty() && request.files.empty() && input_is_terminal();
  if (asks_for_shell && request.output.empty()) return Shell(around, conversation, *format).run();
  return run_batch(around, conversation, request, *format);
}

}  // namespace lake::cli
