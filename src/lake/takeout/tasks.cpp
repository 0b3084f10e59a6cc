// Tasks.json: lists of tasks, each task an element of its own. Shape seen in real files.
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/tasks_tables.hpp"

namespace lake::takeout {
namespace {

struct Task {
  std::optional<std::string_view> id;
  std::optional<std::string_view> parent;
  std::optional<std::string_view> title;
  std::optional<std::string_view> notes;
  std::optional<std::string_view> status;
  std::optional<std::string_view> type;
  std::optional<Timestamp> due;
  std::optional<Timestamp> created;
  std::optional<Timestamp> updated;
  std::optional<Timestamp> completed;
  std::optional<bool> starred;
  std::optional<std::string> links;
};

ElementOutcome read_task(std::string_view text, JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kTask;
  Extra extra(sink, kTable);
  Task task;
  const auto outcome = reader.read(text, extra, [&task](Members& members) {
    while (members.next()) {
      if (text_member(members, "id", task.id) || text_member(members, "parent", task.parent) ||
          text_member(members, "title", task.title) || text_member(members, "notes", task.notes) ||
          text_member(members, "status", task.status) || text_member(members, "task_type", task.type) ||
          time_member(members, "due", task.due) || time_member(members, "created", task.created) ||
          time_member(members, "updated", task.updated) ||
          time_member(members, "completed", task.completed) ||
          flag_member(members, "starred", task.starred) || raw_member(members, "links", task.links))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!task.id) return "no id";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.text(kTable.at("id"), task.id);
  row.text(kTable.at("parent"), task.parent);
  row.text(kTable.at("title"), task.title);
  row.text(kTable.at("notes"), task.notes);
  row.text(kTable.at("status"), task.status);
  row.integer(kTable.at("due_us"), micros_of(task.due));
  row.integer(kTable.at("created_us"), micros_of(task.created));
  row.integer(kTable.at("updated_us"), micros_of(task.updated));
  row.integer(kTable.at("completed_us"), micros_of(task.completed));
  row.text(kTable.at("task_type"), task.type);
  row.flag(kTable.at("starred"), task.starred);
  row.text(kTable.at("links"), task.links);
  row.extra(extra.json());
  return kStored;
}

/// The list's own members; its tasks have their elements.
ElementOutcome read_list(std::string_view text, JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kTaskList;
  Extra extra(sink, kTable);
  std::optional<std::string_view> id;
  std::optional<std::string_view> title;
  std::optional<Timestamp> updated;
  const auto outcome = reader.read(text, extra, [&](Members& members) {
    while (members.next()) {
      if (text_member(members, "id", id) || text_member(members, "title", title) ||
          time_member(members, "updated", updated) || members.key() == "items")
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!id) return "no id";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.text(kTable.at("id"), id);
  row.text(kTable.at("title"), title);
  row.integer(kTable.at("updated_us"), micros_of(updated));
  row.extra(extra.json());
  return kStored;
}

Status settle(EntrySink& sink, std::string_view text, ElementOutcome outcome) {
  return outcome == kStored ? sink.end_element() : sink.reject(text, outcome);
}

/// The tasks of a list that is read already, and the list behind them: an import that was interrupted goes on
/// behind the last element, so what ends last comes last.
Status read_tasks(const JsonElements::Element& list, JsonReader& reader, EntrySink& sink) {
  TextContent content(list.text);
  JsonElements tasks(content);
  while (const auto task = tasks.next()) {
    if (task->member != "items" || !task->is_item) continue;
    if (!sink.begin_element({list.place.offset + task->place.offset, task->place.bytes})) continue;
    LAKE_CHECK_OK(
        settle(sink, task->text, task->is_too_deep ? "too deep" : read_task(task->text, reader, sink)));
  }
  if (!sink.begin_element(list.place)) return ok();
  return settle(sink, list.text, read_list(list.text, reader, sink));
}

Certainty recognise(const EntryHead& head) {
  const auto& json = head.json;
  const bool own = head.bytes.find("\"tasks#taskLists\"") != std::string_view::npos ||
                   (json.has("items[].items[].task_type") && json.has("items[].items[].status"));
  return json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  JsonElements elements(content);
  JsonReader reader;
  std::int64_t idx = -1;
  while (const auto element = elements.next()) {
    ++idx;
    if (element->member == "kind" && !element->is_item) continue;  // says that these are task lists
    const bool is_list = element->member == "items" && element->is_item && !element->is_too_large &&
                         !element->is_too_deep && element->text.starts_with('{');
    if (is_list) {
      LAKE_CHECK_OK(read_tasks(*element, reader, sink));
      continue;
    }
    if (!sink.begin_element(element->place)) continue;
    const ElementOutcome outcome = element->is_too_large  ? "too large"
                                   : element->is_too_deep ? "too deep"
                                   : element->is_item
                                       ? "shape"
                                       : write_raw_json(head, element->member, idx, element->text, sink);
    LAKE_CHECK_OK(settle(sink, element->text, outcome));
  }
  if (elements.end() == JsonElements::End::kComplete) return ParseEnd{};
  return ParseEnd{false, elements.end_offset(), elements.end_reason()};
}

constexpr const TableSpec* kTables[] = {&kTaskList, &kTask, &kRawJson};

}  // namespace

const Product kTasks{.name = "tasks",
                     .product = "tasks",
                     .version = 1,
                     .tables = kTables,
                     .recognise = recognise,
                     .parse = parse};

}  // namespace lake::takeout
