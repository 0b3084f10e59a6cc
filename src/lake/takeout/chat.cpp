// Google Chat: messages.json and group_info.json of each space. Shapes seen in real files, among them both
// long forms of the date; deleted messages have neither creator nor text.
#include "lake/takeout/chat_tables.hpp"
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/local_dates.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"
#include "lake/takeout/whole_content.hpp"

namespace lake::takeout {
namespace {

struct Person {
  std::optional<std::string_view> name;
  std::optional<std::string_view> email;
  std::optional<std::string_view> type;
};

struct Reaction {
  std::optional<std::string_view> emoji;
  std::optional<std::string> custom;
  std::vector<std::string_view> emails;
};

struct Attachment {
  std::optional<std::string_view> original_name;
  std::optional<std::string_view> export_name;
};

struct Message {
  Person creator;
  std::optional<std::string_view> created;
  std::optional<std::string_view> updated;
  std::optional<std::string_view> deleted;
  std::optional<std::string_view> text;
  std::optional<std::string_view> topic_id;
  std::optional<std::string_view> id;
  std::optional<std::string_view> state;
  std::optional<std::string_view> deletion_type;
  std::optional<std::string> annotations;
  std::optional<std::string> quoted;
  std::vector<Reaction> reactions;
  std::vector<Attachment> attachments;
};

bool read_person(Members& members, Person& person) {
  return text_member(members, "name", person.name) || text_member(members, "email", person.email) ||
         text_member(members, "user_type", person.type);
}

bool read_reactions(Members& members, std::vector<Reaction>& reactions) {
  return objects_member(
      members, "reactions", [&reactions] { reactions.emplace_back(); },
      [&reactions](Members& inner) {
        auto& reaction = reactions.back();
        return texts_member(inner, "reactor_emails", reaction.emails) ||
               object_member(inner, "emoji", [&reaction](Members& emoji) {
                 return text_member(emoji, "unicode", reaction.emoji) ||
                        raw_member(emoji, "custom_emoji", reaction.custom);
               });
      });
}

bool read_attachments(Members& members, std::vector<Attachment>& attachments) {
  return objects_member(
      members, "attached_files", [&attachments] { attachments.emplace_back(); },
      [&attachments](Members& inner) {
        return text_member(inner, "original_name", attachments.back().original_name) ||
               text_member(inner, "export_name", attachments.back().export_name);
      });
}

void read_message(Members& members, Message& message) {
  while (members.next()) {
    if (object_member(members, "creator",
                      [&message](Members& inner) { return read_person(inner, message.creator); }) ||
        text_member(members, "created_date", message.created) ||
        text_member(members, "updated_date", message.updated) ||
        text_member(members, "deleted_date", message.deleted) || text_member(members, "text", message.text) ||
        text_member(members, "topic_id", message.topic_id) ||
        text_member(members, "message_id", message.id) ||
        text_member(members, "message_state", message.state) ||
        object_member(members, "deletion_metadata",
                      [&message](Members& inner) {
                        return text_member(inner, "deletion_type", message.deletion_type);
                      }) ||
        raw_member(members, "annotations", message.annotations) ||
        raw_member(members, "quoted_message_metadata", message.quoted) ||
        read_reactions(members, message.reactions) || read_attachments(members, message.attachments))
      continue;
    members.keep();
  }
}

/// "Tuesday, 7 February 2021 at 17:13:43 UTC": the weekday says nothing new.
std::optional<Timestamp> parse_date(std::string_view text, const ParseOptions& options, EntrySink& sink) {
  const auto comma = text.find(", ");
  if (comma != std::string_view::npos &&
      text.substr(0, comma).find_first_of("0123456789 ") == std::string_view::npos)
    text.remove_prefix(comma + 2);
  const auto date = parse_local_date(text);
  if (!date) return std::nullopt;
  return with_account_zone(*date, options.time_zone, sink.entry().export_us);
}

/// Reads a date into a column; one that cannot be read is kept.
std::optional<Timestamp> time_of(const std::optional<std::string_view>& text, std::string_view path,
                                 Extra& extra, const ParseOptions& options, EntrySink& sink) {
  if (!text) return std::nullopt;
  auto time = parse_date(*text, options, sink);
  if (!time) extra.add(path, json_quoted(*text));
  return time;
}

void write_parts(const Message& message, EntrySink& sink) {
  for (const auto& reaction : message.reactions) {
    for (const auto email : reaction.emails) {
      auto row = sink.row(kChatReaction);
      row.text(kChatReaction.at("message_id"), message.id);
      if (reaction.emoji) {
        row.text(kChatReaction.at("emoji"), reaction.emoji);
      } else {
        row.text(kChatReaction.at("emoji"), reaction.custom);
      }
      row.text(kChatReaction.at("reactor_email"), email);
    }
  }
  for (const auto& attachment : message.attachments) {
    auto row = sink.row(kChatAttachment);
    row.text(kChatAttachment.at("message_id"), message.id);
    row.text(kChatAttachment.at("export_name"), attachment.export_name);
    row.text(kChatAttachment.at("original_name"), attachment.original_name);
  }
}

ElementOutcome read_element(std::string_view text, std::string_view space, const ParseOptions& options,
                            JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kChatMessage;
  Extra extra(sink, kTable);
  Message message;
  const auto outcome =
      reader.read(text, extra, [&message](Members& members) { read_message(members, message); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!message.id) return "no id";
  if (reader.was_repaired()) sink.repaired();
  const auto created = time_of(message.created, "created_date", extra, options, sink);
  const auto updated = time_of(message.updated, "updated_date", extra, options, sink);
  const auto deleted = time_of(message.deleted, "deleted_date", extra, options, sink);
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), micros_of(created));
  row.text(kTable.at("message_id"), message.id);
  if (!space.empty()) row.text(kTable.at("space"), space);
  row.text(kTable.at("topic_id"), message.topic_id);
  row.text(kTable.at("creator_name"), message.creator.name);
  row.text(kTable.at("creator_email"), message.creator.email);
  row.text(kTable.at("creator_type"), message.creator.type);
  row.text(kTable.at("text"), message.text);
  row.integer(kTable.at("updated_us"), micros_of(updated));
  row.integer(kTable.at("deleted_us"), micros_of(deleted));
  row.text(kTable.at("state"), message.state);
  row.text(kTable.at("deletion_type"), message.deletion_type);
  row.text(kTable.at("annotations"), message.annotations);
  row.text(kTable.at("quoted"), message.quoted);
  if (created) row.text(kTable.at("ts_quality"), name_of(created->quality));
  row.extra(extra.json());
  write_parts(message, sink);
  return kStored;
}

/// The folder that holds the file.
std::string_view space_of(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : file_name(name.substr(0, slash));
}

Certainty recognise_messages(const EntryHead& head) {
  const bool own = head.json.has("messages[].message_id") || head.json.has("messages[].topic_id");
  return head.json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_messages(const EntryHead& head, const ParseOptions& options, Content& content,
                                EntrySink& sink) {
  const auto space = space_of(head.name);
  return parse_numbered_elements(content, sink,
                                 [&](const JsonElements::Element& element, std::int64_t idx,
                                     JsonReader& reader, EntrySink& into) -> ElementOutcome {
                                   if (element.member == "messages" && element.is_item)
                                     return read_element(element.text, space, options, reader, into);
                                   return write_raw_json(head, element.member, idx, element.text, into);
                                 });
}

ElementOutcome read_space(std::string_view text, std::string_view space, EntrySink& sink) {
  JsonReader reader;
  Extra extra(sink, kChatSpace);
  std::optional<std::string_view> name;
  std::vector<Person> people;
  const auto outcome = reader.read(text, extra, [&](Members& members) {
    while (members.next()) {
      if (text_member(members, "name", name) ||
          objects_member(
              members, "members", [&] { people.emplace_back(); },
              [&](Members& inner) { return read_person(inner, people.back()); }))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kChatSpace);
  row.text(kChatSpace.at("space"), space);
  row.text(kChatSpace.at("name"), name);
  row.extra(extra.json());
  for (const auto& person : people) {
    auto member = sink.row(kChatMember);
    member.text(kChatMember.at("space"), space);
    member.text(kChatMember.at("email"), person.email);
    member.text(kChatMember.at("name"), person.name);
    member.text(kChatMember.at("user_type"), person.type);
  }
  return kStored;
}

Certainty recognise_spaces(const EntryHead& head) {
  const bool own = head.json.has("members[].user_type") && head.json.has("members[].name");
  return head.json.is_object() && own ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse_space(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                             EntrySink& sink) {
  const auto name = space_of(head.name);
  return parse_whole(content, sink,
                     [name](std::string_view text, EntrySink& into) { return read_space(text, name, into); });
}

constexpr const TableSpec* kMessageTables[] = {&kChatMessage, &kChatReaction, &kChatAttachment, &kRawJson};
constexpr const TableSpec* kSpaceTables[] = {&kChatSpace, &kChatMember};

}  // namespace

const Product kChatMessages{.name = "chat_messages",
                            .product = "chat",
                            .version = 1,
                            .tables = kMessageTables,
                            .recognise = recognise_messages,
                            .parse = parse_messages};
const Product kChatSpaces{.name = "chat_space",
                          .product = "chat",
                          .version = 1,
                          .tables = kSpaceTables,
                          .recognise = recognise_spaces,
                          .parse = parse_space};

}  // namespace lake::takeout
