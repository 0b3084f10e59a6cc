// Contacts as vCard 2.1, 3.0 and 4.0, one file for each group, and the own numbers of Voice. What Google
// writes of it is from memory; the format itself is that of the standards.
#include <algorithm>

#include "lake/takeout/components.hpp"
#include "lake/takeout/contact_tables.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/json_members.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

/// Google's labels: "_$!<Anniversary>!$_" -> "Anniversary".
std::string label_text(std::string_view value) {
  auto text = unescaped(value);
  if (text.starts_with("_$!<") && text.ends_with(">!$_")) text = text.substr(4, text.size() - 8);
  return text;
}

struct Contact {
  std::string name;
  std::vector<std::string> mails;
  std::vector<std::string> phones;
  std::vector<std::string> name_parts;
  std::string emails_json;
  std::string numbers_json;
  std::string addresses_json;
  std::vector<std::string> urls;
  std::vector<std::string> categories;
  std::vector<std::pair<std::size_t, std::string>> texts;  // column and value
  std::optional<Timestamp> revised;
  std::string photo_url;
  bool has_photo = false;
  LeftOverLines left_over;
};

void append_json(std::string& json, std::string_view value, const ContentLine& line, const Component& card) {
  json += json.empty() ? "[" : ",";
  json += "{\"value\":" + json_quoted(value);
  std::string types;
  for (const auto type : line.types()) types += (types.empty() ? "" : ",") + json_quoted(type);
  if (!types.empty()) json += ",\"types\":[" + types + "]";
  for (const auto& each : card.lines) {
    if (line.group.empty() || each.group != line.group || each.name != "X-ABLABEL") continue;
    json += ",\"label\":" + json_quoted(label_text(each.value));
    break;
  }
  json += '}';
}

/// Street, town and so on as lines.
std::string address_text(std::string_view value) {
  std::string text;
  for (const auto part : split_value(value, ';')) {
    const auto said = unescaped(part);
    if (!trimmed(said).empty()) text += (text.empty() ? "" : "\n") + said;
  }
  return text;
}

void read_photo(const ContentLine& line, Contact& contact) {
  contact.has_photo = true;
  const auto value = trimmed(line.value);
  if (value.starts_with("http")) contact.photo_url = value;
}

/// Lines that are one text each. `kNoColumn`: another line.
constexpr std::size_t kNoColumn = SIZE_MAX;
std::size_t text_column(std::string_view name) {
  constexpr auto& kTable = kContact;
  if (name == "NICKNAME") return kTable.at("nickname");
  if (name == "TITLE") return kTable.at("title");
  if (name == "BDAY") return kTable.at("birthday");
  if (name == "NOTE") return kTable.at("note");
  if (name == "UID") return kTable.at("uid");
  return kNoColumn;
}

/// A column takes the first line of its kind.
void take_text(const ContentLine& line, std::size_t column, std::string text, Contact& contact) {
  const bool is_taken = std::any_of(contact.texts.begin(), contact.texts.end(),
                                    [&](const auto& each) { return each.first == column; });
  if (is_taken) {
    contact.left_over.add(line);
  } else {
    contact.texts.emplace_back(column, std::move(text));
  }
}

void read_line(const ContentLine& line, const Component& card, Contact& contact) {
  const auto& name = line.name;
  if (!line.inside.empty()) return contact.left_over.add(line);
  if (name == "FN" && contact.name.empty()) {
    contact.name = trimmed(unescaped(line.value));
  } else if (name == "N" && contact.name_parts.empty()) {
    for (const auto part : split_value(line.value, ';')) contact.name_parts.push_back(unescaped(part));
  } else if (name == "EMAIL") {
    contact.mails.emplace_back(trimmed(unescaped(line.value)));
    append_json(contact.emails_json, contact.mails.back(), line, card);
  } else if (name == "TEL") {
    auto number = unescaped(line.value);
    if (number.starts_with("tel:")) number.erase(0, 4);
    contact.phones.emplace_back(trimmed(number));
    append_json(contact.numbers_json, contact.phones.back(), line, card);
  } else if (name == "ADR") {
    append_json(contact.addresses_json, address_text(line.value), line, card);
  } else if (name == "ORG") {
    take_text(line, kContact.at("organization"), address_text(line.value), contact);
  } else if (name == "URL") {
    contact.urls.push_back(unescaped(line.value));
  } else if (name == "CATEGORIES") {
    for (const auto each : split_value(line.value, ',')) contact.categories.push_back(unescaped(each));
  } else if (name == "REV") {
    contact.revised = parse_iso(line.value);
    if (!contact.revised) contact.left_over.add(line);
  } else if (name == "PHOTO") {
    read_photo(line, contact);
  } else if (const auto column = text_column(name); column != kNoColumn) {
    take_text(line, column, unescaped(line.value), contact);
  } else if (name != "VERSION" && name != "PRODID" && (name != "X-ABLABEL" || line.group.empty())) {
    contact.left_over.add(line);
  }
}

std::string sorted_text(std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  std::string text;
  for (const auto& each : values) text += (text.empty() ? "" : " ") + each;
  return text;
}

std::vector<std::string_view> views_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

void write_name_parts(const Contact& contact, Row& row) {
  constexpr auto& kTable = kContact;
  constexpr std::size_t kColumns[] = {kTable.at("family_name"), kTable.at("given_name"),
                                      kTable.at("middle_name"), kTable.at("name_prefix"),
                                      kTable.at("name_suffix")};
  for (std::size_t i = 0; i < std::min(contact.name_parts.size(), std::size(kColumns)); ++i) {
    if (!contact.name_parts[i].empty()) row.text(kColumns[i], contact.name_parts[i]);
  }
}

std::string shown_name(const Contact& contact) {
  if (!contact.name.empty()) return contact.name;
  // Old cards have the parts only.
  std::string name;
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}, std::size_t{0}}) {
    if (i < contact.name_parts.size() && !contact.name_parts[i].empty())
      name += (name.empty() ? "" : " ") + contact.name_parts[i];
  }
  return name;
}

void write_contact(const Contact& contact, std::string_view group, EntrySink& sink) {
  constexpr auto& kTable = kContact;
  const auto name = shown_name(contact);
  const auto mails = sorted_text(contact.mails);
  const auto phones = sorted_text(contact.phones);
  {
    auto row = sink.row(kTable);
    row.text(kTable.at("name"), name);
    row.text(kTable.at("mails"), mails);
    row.text(kTable.at("phones"), phones);
    write_name_parts(contact, row);
    for (const auto& [column, text] : contact.texts) row.text(column, text);
    if (!contact.emails_json.empty()) row.text(kTable.at("emails"), contact.emails_json + "]");
    if (!contact.numbers_json.empty()) row.text(kTable.at("numbers"), contact.numbers_json + "]");
    if (!contact.addresses_json.empty()) row.text(kTable.at("addresses"), contact.addresses_json + "]");
    if (!contact.urls.empty()) row.texts(kTable.at("urls"), views_of(contact.urls));
    if (!contact.categories.empty()) row.texts(kTable.at("categories"), views_of(contact.categories));
    if (contact.revised) row.integer(kTable.at("revised_us"), contact.revised->micros);
    if (!contact.photo_url.empty()) row.text(kTable.at("photo_url"), contact.photo_url);
    if (contact.has_photo) row.flag(kTable.at("has_photo"), true);
    row.extra(contact.left_over.json(kTable, sink));
  }
  if (group.empty()) return;
  auto row = sink.row(kContactGroup);
  row.text(kContactGroup.at("group"), group);
  row.text(kContactGroup.at("name"), name);
  row.text(kContactGroup.at("mails"), mails);
  row.text(kContactGroup.at("phones"), phones);
}

bool is_card(const EntryHead& head) {
  auto text = head.bytes;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text = trimmed(text);
  return text.substr(0, 11) == "BEGIN:VCARD" || text.substr(0, 11) == "begin:vcard";
}

bool is_own_numbers(const EntryHead& head) {
  return stem(head.name) == "Phones" && product_folder(head.name).find("Voice") != std::string_view::npos;
}

Certainty recognise(const EntryHead& head) {
  return is_card(head) && !is_own_numbers(head) ? Certainty::kContent : Certainty::kNone;
}

Certainty recognise_own(const EntryHead& head) {
  return is_card(head) && is_own_numbers(head) ? Certainty::kContent : Certainty::kNone;
}

/// Calls write(card) for each card.
template <class Write>
Result<ParseEnd> parse_cards(Content& content, EntrySink& sink, Write&& write) {
  Components cards(content, "");
  while (const auto card = cards.next()) {
    if (!sink.begin_element(card->place)) continue;
    if (card->kind != "VCARD" || card->is_too_large) {
      LAKE_CHECK_OK(sink.reject(card->bytes, card->is_too_large ? "too large" : "shape"));
      continue;
    }
    if (card->was_repaired) sink.repaired();
    write(*card);
    LAKE_CHECK_OK(sink.end_element());
  }
  if (!cards.is_cut()) return ParseEnd{};
  return ParseEnd{false, cards.offset(),
                  cards.failure() ? cards.failure()->message() : "the file ends inside a card"};
}

/// ".../All Contacts/All Contacts.vcf" -> "All Contacts"
std::string_view group_of(std::string_view name) {
  name = path_in_export(name);
  const auto slash = name.rfind('/');
  if (slash == std::string_view::npos) return {};
  const auto folder = name.substr(0, slash);
  return folder.find('/') == std::string_view::npos ? stem(name) : file_name(folder);
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  const auto group = group_of(head.name);
  return parse_cards(content, sink, [&](const Component& card) {
    Contact contact;
    for (const auto& line : card.lines) read_line(line, card, contact);
    write_contact(contact, group, sink);
  });
}

Result<ParseEnd> parse_own(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                           EntrySink& sink) {
  return parse_cards(content, sink, [&](const Component& card) {
    for (const auto& line : card.lines) {
      if (line.name != "TEL" || !line.inside.empty()) continue;
      auto row = sink.row(kVoicePhone);
      row.text(kVoicePhone.at("number"), trimmed(line.value));
      const auto types = line.types();
      if (!types.empty()) row.texts(kVoicePhone.at("types"), types);
    }
  });
}

constexpr const TableSpec* kTables[] = {&kContact, &kContactGroup};
constexpr const TableSpec* kOwnTables[] = {&kVoicePhone};

}  // namespace

const Product kContactsVcf{.name = "contacts_vcf",
                           .product = "contacts",
                           .version = 1,
                           .tables = kTables,
                           .recognise = recognise,
                           .parse = parse};

const Product kVoicePhones{.name = "voice_phones",
                           .product = "voice",
                           .version = 1,
                           .tables = kOwnTables,
                           .recognise = recognise_own,
                           .parse = parse_own};

}  // namespace lake::takeout
