#include "lake/cli/checked_import_verb.hpp"

#include <fmt/format.h>

#include "lake/ingest/checked_import.hpp"
#include "lake/ingest/rule_store.hpp"
#include "lake/ingest/source_bytes.hpp"

namespace lake::cli {
namespace {

constexpr std::size_t kViolationsShown = 20;

void print(const std::string& line) { ignore(write_output(line + "\n"), "the exit code tells"); }

int fail(const Error& error) {
  say(error_text(error, "", ""));
  return error.code() == ErrorCode::kInvalidArgument ? 2 : 1;
}

/// The name of the rule set: that of a file is stored first.
Result<std::string> rule_set_of(const Surroundings& around, query::Session& session,
                                const std::string& rules) {
  if (!rules.ends_with(".json")) return rules;
  LAKE_TRY(const auto text, around.files.read_file(rules, validate::RuleSet::kTextBytesMax));
  auto set = validate::parse_rule_set(text);
  if (!set) return set.error().with(rules);
  LAKE_CHECK_OK(ingest::RuleStore(session).put(*set));
  return set->name;
}

void print_counts(const validate::Report& report) {
  for (const auto& [rule, count] : report.counts) print(fmt::format("  {} x {}", count, rule));
}

void print_report(const ingest::CheckedImportRequest& request, const ingest::CheckedImportReport& report) {
  std::string line = fmt::format("{} -> {}: {} rows stored", harmless(request.source),
                                 harmless(request.table.text()), report.rows_stored);
  if (report.rows_refused > 0)
    line += fmt::format(", {} refused of {} (ingest.dead_letter, run {})", report.rows_refused,
                        report.validation.records, report.run_id);
  print(line);
  print_counts(report.validation);
  std::size_t shown = 0;
  for (const auto& violation : report.validation.violations) {
    if (violation.severity == validate::Severity::kNote) continue;
    if (shown++ == kViolationsShown) break;
    print(fmt::format("  record {}: {}: {}", violation.position, name_of(violation.severity),
                      violation.message));
  }
  if (shown > kViolationsShown) print("  ... SELECT * FROM ingest.dead_letter tells all that were refused");
}

Result<ingest::CheckedImportReport> import_file(const Surroundings& around, Conversation& conversation,
                                                const ingest::CheckedImportRequest& request) {
  LAKE_CHECK_OK(ingest::verify_source_bytes(around.files, request.file, {}));
  return ingest::import_checked(conversation.session(), request);
}

}  // namespace

int replay_verb(const Surroundings& around, Conversation& conversation, const ImportArguments& arguments) {
  if (conversation.is_remote()) {
    say("dplake import: --replay needs the lake itself (--data); over a server, POST "
        "/api/v1/ingestion/dead-letters/replay");
    return 2;
  }
  ingest::ReplayRequest request;
  auto table = ingest::parse_table_name(arguments.replay);
  if (!table) return fail(table.error());
  request.table = std::move(*table);
  if (!arguments.level.empty()) {
    const auto level = validate::level_named(arguments.level);
    if (!level) return fail(level.error());
    request.level = *level;
  }
  auto rule_set = rule_set_of(around, conversation.session(), arguments.rules);
  if (!rule_set) return fail(rule_set.error());
  request.rule_set = std::move(*rule_set);
  const auto report = ingest::replay_dead_letters(conversation.session(), request);
  if (!report) return fail(report.error());
  print(fmt::format("{}: {} of {} refused records stored, {} refused again", request.table.text(),
                    report->rows_stored, report->validation.records, report->rows_refused));
  print_counts(report->validation);
  return report->rows_refused == 0 ? 0 : 1;
}

int checked_import_verb(const Surroundings& around, Conversation& conversation,
                        const ImportArguments& arguments, const ingest::ImportRequest& request) {
  if (conversation.is_remote()) {
    say("dplake import: --rules needs the lake itself (--data); over a server, POST /api/v1/ingestion/file");
    return 2;
  }
  ingest::CheckedImportRequest checked;
  if (!arguments.level.empty()) {
    const auto level = validate::level_named(arguments.level);
    if (!level) return fail(level.error());
    checked.level = *level;
  }
  auto rule_set = rule_set_of(around, conversation.session(), arguments.rules);
  if (!rule_set) return fail(rule_set.error());
  checked.rule_set = std::move(*rule_set);
  if (arguments.append) checked.mode = ingest::TableMode::kAppend;
  if (arguments.replace) checked.mode = ingest::TableMode::kReplace;
  ProgressLine line(around.clock);
  bool all_stored = true;
  for (std::size_t i = 0; i < request.files.size(); ++i) {
    checked.file = request.files[i];
    checked.source = checked.file.path;
    checked.table = request.table.value_or(ingest::TableName{request.schema, checked.file.table});
    const auto report = [&] {
      const StatementWatch watch(
          around.interrupts, line, [&] { conversation.cancel(); }, [&] { return conversation.progress(); });
      line.begin(fmt::format("{}/{} {}", i + 1, request.files.size(), os::file_name(checked.file.path)));
      return import_file(around, conversation, checked);
    }();
    if (!report) {
      if (report.error().code() == ErrorCode::kCancelled) return fail(report.error());
      print(harmless(checked.source) + " -> " + harmless(checked.table.text()) + ": FAILED (" +
            std::string(name_of(report.error().code())) + "): " + report.error().message());
      all_stored = false;
      continue;
    }
    print_report(checked, *report);
    all_stored = all_stored && report->rows_refused == 0;
    if (checked.mode == ingest::TableMode::kReplace && request.table)
      checked.mode = ingest::TableMode::kAppend;
  }
  return all_stored ? 0 : 1;
}

}  // namespace lake::cli
