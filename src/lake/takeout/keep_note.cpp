// Keep: one file for each note. Shape seen in real files.
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/keep_tables.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/whole_content.hpp"

namespace lake::takeout {
namespace {

struct ListItem {
  std::optional<std::string_view> text;
  std::optional<std::string_view> html;
  std::optional<bool> is_checked;
};

struct Note {
  std::optional<Timestamp> created;
  std::optional<Timestamp> edited;
  std::optional<std::string_view> title;
  std::optional<std::string_view> text;
  std::optional<std::string_view> html;
  std::optional<std::string_view> color;
  std::optional<bool> is_trashed;
  std::optional<bool> is_pinned;
  std::optional<bool> is_archived;
  std::optional<std::string> attachments;
  std::optional<std::string> annotations;
  std::optional<std::string> sharees;
  std::vector<std::string_view> labels;
  std::vector<ListItem> items;
};

bool read_lists(Members& members, Note& note) {
  return objects_member(
             members, "labels", [] {},
             [&note](Members& inner) {
               std::optional<std::string_view> name;
               if (!text_member(inner, "name", name)) return false;
               if (name) note.labels.push_back(*name);
               return true;
             }) ||
         objects_member(
             members, "listContent", [&note] { note.items.emplace_back(); },
             [&note](Members& inner) {
               auto& item = note.items.back();
               return text_member(inner, "text", item.text) || text_member(inner, "textHtml", item.html) ||
                      flag_member(inner, "isChecked", item.is_checked);
             });
}

void read_note(Members& members, Note& note) {
  while (members.next()) {
    if (text_member(members, "title", note.title) || text_member(members, "textContent", note.text) ||
        text_member(members, "textContentHtml", note.html) || text_member(members, "color", note.color) ||
        epoch_member(members, "userEditedTimestampUsec", note.edited, 1'000'000) ||
        epoch_member(members, "createdTimestampUsec", note.created, 1'000'000) ||
        flag_member(members, "isTrashed", note.is_trashed) ||
        flag_member(members, "isPinned", note.is_pinned) ||
        flag_member(members, "isArchived", note.is_archived) ||
        raw_member(members, "attachments", note.attachments) ||
        raw_member(members, "annotations", note.annotations) ||
        raw_member(members, "sharees", note.sharees) || read_lists(members, note))
      continue;
    members.keep();
  }
}

void write_note(const Note& note, std::string_view stem, const Extra& extra, EntrySink& sink) {
  constexpr auto& kTable = kKeepNote;
  auto row = sink.row(kTable);
  row.integer(kTable.at("created_us"), micros_of(note.created));
  row.text(kTable.at("stem"), stem);
  row.integer(kTable.at("edited_us"), note.edited->micros);
  row.text(kTable.at("title"), note.title);
  row.text(kTable.at("text"), note.text);
  row.text(kTable.at("html"), note.html);
  row.text(kTable.at("color"), note.color);
  row.flag(kTable.at("is_trashed"), note.is_trashed);
  row.flag(kTable.at("is_pinned"), note.is_pinned);
  row.flag(kTable.at("is_archived"), note.is_archived);
  if (!note.labels.empty()) row.texts(kTable.at("labels"), note.labels);
  row.text(kTable.at("attachments"), note.attachments);
  row.text(kTable.at("annotations"), note.annotations);
  row.text(kTable.at("sharees"), note.sharees);
  row.extra(extra.json());
}

void write_items(const Note& note, std::string_view stem, EntrySink& sink) {
  constexpr auto& kTable = kKeepItem;
  std::int64_t position = 0;
  for (const auto& item : note.items) {
    auto row = sink.row(kTable);
    row.integer(kTable.at("created_us"), micros_of(note.created));
    row.text(kTable.at("stem"), stem);
    row.integer(kTable.at("position"), position++);
    row.text(kTable.at("text"), item.text);
    row.text(kTable.at("html"), item.html);
    row.flag(kTable.at("checked"), item.is_checked);
  }
}

ElementOutcome read_file(std::string_view text, std::string_view stem, EntrySink& sink) {
  JsonReader reader;
  Extra extra(sink, kKeepNote);
  Note note;
  const auto outcome = reader.read(text, extra, [&note](Members& members) { read_note(members, note); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!note.edited) return "no time of editing";
  if (reader.was_repaired()) sink.repaired();
  write_note(note, stem, extra, sink);
  write_items(note, stem, sink);
  return kStored;
}

/// The times alone are not asked for: a note without them is still one, and rejected with a reason.
Certainty recognise(const EntryHead& head) {
  const auto& json = head.json;
  const bool own = (json.has("userEditedTimestampUsec") && (json.has("color") || json.has("textContent"))) ||
                   (json.has("isTrashed") && json.has("color"));
  return json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  const auto name = stem(head.name);
  return parse_whole(content, sink,
                     [name](std::string_view text, EntrySink& into) { return read_file(text, name, into); });
}

constexpr const TableSpec* kTables[] = {&kKeepNote, &kKeepItem};

}  // namespace

const Product kKeepNoteJson{.name = "keep_note",
                            .product = "keep",
                            .version = 1,
                            .tables = kTables,
                            .recognise = recognise,
                            .parse = parse};

}  // namespace lake::takeout
