#include "lake/cli/shell.hpp"

#include <fmt/format.h>

#include <atomic>
#include <sstream>

namespace lake::cli {
namespace {

constexpr const char* kHelp =
    "Statements end with ';' and may span lines. Ctrl-C cancels, Tab completes, Ctrl-R searches the "
    "history.\n"
    "  .help             this list\n"
    "  .tables [LIKE]    tables and views\n"
    "  .schema [LIKE]    the statements that make them\n"
    "  .mode [FORMAT]    table, csv, tsv, json, ndjson, markdown\n"
    "  .timer [on|off]   time of each statement\n"
    "  .quit             end (Ctrl-D too)\n";

std::string history_path(const Surroundings& around) {
  const auto value = [&](const char* name) {
    const auto found = around.environment.find(name);
    return found == around.environment.end() ? std::string() : found->second;
  };
  std::string base = value("XDG_DATA_HOME");
  if (base.empty() && !value("HOME").empty()) base = os::join_path(value("HOME"), ".local/share");
  if (base.empty()) return {};
  // Beside the default data directory, which may be listed as a whole.
  const std::string directory = os::join_path(base, "dplake-shell");
  if (!around.files.create_directories(directory)) return {};
  return os::join_path(directory, "history");
}

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("''") : std::string(1, c);
  return result + "'";
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\n;");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

}  // namespace

Shell::Shell(const Surroundings& around, Conversation& conversation, query::Format format)
    : around_(around),
      conversation_(conversation),
      format_(format),
      line_(around.clock),
      editor_(around.interrupts, history_path(around), [this](const std::string& text) {
        return conversation_.session().complete(text, text.size());
      }) {}

int Shell::run() {
  say("dplake: SQL ends with ';', .help lists the rest, Ctrl-D ends.");
  std::string pending;
  while (true) {
    std::string line;
    editor_.set_context(pending);
    const bool in_transaction = conversation_.session().in_transaction();
    const char* first_prompt = in_transaction ? "dplake*> " : "dplake> ";
    const auto outcome = editor_.read(pending.empty() ? first_prompt : "   ...> ", line);
    if (outcome == LineEditor::Outcome::kEnd) break;
    if (outcome == LineEditor::Outcome::kInterrupted) {
      pending.clear();
      continue;
    }
    if (pending.empty() && trimmed(line).empty()) continue;
    if (pending.empty() && trimmed(line).starts_with('.')) {
      editor_.remember(line);
      if (command(trimmed(line)) == Next::kQuit) return 0;
      continue;
    }
    pending += line + "\n";
    if (!is_complete(pending)) continue;
    editor_.remember(trimmed(pending));
    statements(pending);
    pending.clear();
  }
  ignore(write_output("\n"), "the terminal may be gone");
  return 0;
}

bool Shell::is_complete(const std::string& text) {
  const auto statements = conversation_.split(text);
  // Text that cannot be split has an open quote or comment.
  if (!statements) return false;
  if (statements->empty()) return true;
  const auto& last = statements->back();
  return last.offset + last.sql.size() < text.size();
}

void Shell::statements(const std::string& script) {
  const auto split = conversation_.split(script);
  if (!split) return say(error_text(split.error(), script, "the statement"));
  for (std::size_t i = 0; i < split->size(); ++i) {
    if (run_one((*split)[i].sql, script, (*split)[i].offset)) continue;
    if (i + 1 < split->size()) say(fmt::format("not run: {} after it", split->size() - i - 1));
    return;
  }
}

bool Shell::run_one(const std::string& sql, const std::string& script, std::size_t offset) {
  const auto begun = around_.clock.monotonic_now();
  line_.begin("");
  std::atomic<bool> interrupted = false;
  auto outcome = [&] {
    const auto cancel = [&] {
      interrupted = true;
      conversation_.cancel();
    };
    const StatementWatch watch(around_.interrupts, line_, cancel,
                               [this] { return conversation_.progress(); });
    return conversation_.run(sql, format_, [this](std::string_view bytes) {
      line_.hide();
      return write_output(bytes);
    });
  }();
  if (!outcome) {
    Error error = outcome.error();
    if (error.position() >= 0) error = error.at(error.position() + static_cast<std::int64_t>(offset));
    say(error_text(error, script, "the statement"));
  } else if (outcome->truncated) {
    say(kTruncatedNote);
  } else if (outcome->kind == query::StatementKind::kChange) {
    ignore(write_output(fmt::format("{} rows changed\n", outcome->changed_rows)), "the terminal may be gone");
  } else if (outcome->kind == query::StatementKind::kNothing) {
    ignore(write_output("done\n"), "the terminal may be gone");
  }
  if (timer_) {
    const double seconds = std::chrono::duration<double>(around_.clock.monotonic_now() - begun).count();
    ignore(write_output(fmt::format("time: {:.3f} s\n", seconds)), "the terminal may be gone");
  }
  return outcome && !interrupted;
}

void Shell::print_query(const std::string& sql) {
  const auto outcome = conversation_.run(sql, query::Format::kTable, write_output);
  if (!outcome) say(error_text(outcome.error(), "", ""));
}

void Shell::tables(const std::string& pattern) {
  print_query(
      "SELECT table_schema AS schema, table_name AS name, lower(table_type) AS kind FROM "
      "information_schema.tables"
      " WHERE table_catalog = current_database() AND table_schema NOT IN ('information_schema', "
      "'pg_catalog')" +
      (pattern.empty() ? "" : " AND table_name ILIKE " + quoted(pattern)) + " ORDER BY ALL");
}

void Shell::schema(const std::string& pattern) {
  const std::string where = " WHERE database_name = current_database() AND NOT internal";
  const std::string named = pattern.empty() ? "" : " AND name ILIKE " + quoted(pattern);
  const auto found = conversation_.session().run_text(
      "SELECT sql FROM (SELECT schema_name AS schema, table_name AS name, sql FROM duckdb_tables()" + where +
      " UNION ALL SELECT schema_name, view_name, sql FROM duckdb_views()" + where + ") WHERE true" + named +
      " ORDER BY schema, name");
  if (!found) return say(error_text(found.error(), "", ""));
  for (const auto& row : found->rows)
    ignore(write_output(row[0].value_or("") + "\n"), "the terminal may be gone");
}

Shell::Next Shell::command(const std::string& line) {
  std::istringstream in(line);
  std::string name;
  std::string argument;
  in >> name >> argument;
  if (name == ".quit" || name == ".exit") return Next::kQuit;
  if (name == ".help") {
    ignore(write_output(kHelp), "the terminal may be gone");
  } else if (name == ".tables") {
    tables(argument);
  } else if (name == ".schema") {
    schema(argument);
  } else if (name == ".timer") {
    timer_ = argument.empty() ? !timer_ : argument == "on";
    say(timer_ ? "timer on" : "timer off");
  } else if (name == ".mode") {
    const auto format = query::format_named(argument);
    if (format && *format != query::Format::kParquet) {
      format_ = *format;
    } else {
      say("modes: table, csv, tsv, json, ndjson, markdown (Parquet: dplake sql --format parquet -o FILE -c "
          "'...')");
    }
  } else {
    say("unknown command " + name + "; .help lists them");
  }
  return Next::kGoOn;
}

}  // namespace lake::cli
