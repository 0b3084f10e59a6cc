#include "lake/takeout/components.hpp"

#include <algorithm>

#include "lake/takeout/charsets.hpp"
#include "lake/takeout/html_tokens.hpp"
#include "lake/takeout/json_members.hpp"
#include "lake/takeout/transfer_codings.hpp"

namespace lake::takeout {
namespace {

constexpr std::size_t kLinesMax = 20'000;
constexpr std::size_t kDepthMax = 16;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string_view without_line_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Where `c` stands first outside quotes.
std::size_t find_unquoted(std::string_view text, std::string_view any_of) {
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && any_of.find(text[i]) != std::string_view::npos) return i;
  }
  return std::string_view::npos;
}

bool is_quoted_printable(std::string_view line) {
  const auto colon = line.find(':');
  return colon != std::string_view::npos &&
         upper(line.substr(0, colon)).find("QUOTED-PRINTABLE") != std::string::npos;
}

/// Nothing when the text is no content line.
std::optional<ContentLine> parse_line(std::string_view text, bool& was_repaired) {
  const auto colon = find_unquoted(text, ":");
  if (colon == std::string_view::npos) return std::nullopt;
  auto head = text.substr(0, colon);
  ContentLine line;
  const auto name_end = std::min(head.find(';'), head.size());
  auto name = head.substr(0, name_end);
  head.remove_prefix(name_end);
  const auto dot = name.find('.');
  if (dot != std::string_view::npos) {
    line.group = utf8_of(name.substr(0, dot), "", was_repaired);
    name.remove_prefix(dot + 1);
  }
  line.name = upper(utf8_of(trimmed(name), "", was_repaired));
  if (line.name.empty()) return std::nullopt;
  while (head.starts_with(';')) {
    head.remove_prefix(1);
    const auto end = std::min(find_unquoted(head, ";"), head.size());
    const auto item = head.substr(0, end);
    head.remove_prefix(end);
    const auto equals = std::min(item.find('='), item.size());
    auto value = item.substr(std::min(equals + 1, item.size()));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    line.parameters.emplace_back(upper(utf8_of(trimmed(item.substr(0, equals)), "", was_repaired)),
                                 utf8_of(value, "", was_repaired));
  }
  auto value = text.substr(colon + 1);
  std::string decoded;
  if (is_quoted_printable(text)) {
    append_hex_coded(value, '=', decoded);
    value = decoded;
  }
  line.value = utf8_of(value, line.parameter("CHARSET"), was_repaired);
  return line;
}

}  // namespace

std::string_view ContentLine::parameter(std::string_view sought) const {
  for (const auto& [key, text] : parameters) {
    if (key == sought) return text;
  }
  return {};
}

std::vector<std::string_view> ContentLine::types() const {
  std::vector<std::string_view> found;
  for (const auto& [key, text] : parameters) {
    if (key == "TYPE") {
      for (const auto each : split_value(text, ',')) found.push_back(each);
    } else if (text.empty()) {
      found.push_back(key);
    }
  }
  return found;
}

const ContentLine* Component::line(std::string_view name) const {
  for (const auto& each : lines) {
    if (each.inside.empty() && each.name == name) return &each;
  }
  return nullptr;
}

/// The line that begins at `begin` of the view, with its end; empty at the end of the content. Long lines
/// come in pieces.
std::string_view Components::physical_line(std::size_t begin) {
  std::size_t searched = begin;
  while (true) {
    const auto view = window_.view();
    const auto found = view.substr(0, begin + kLineBytesMax).find('\n', searched);
    if (found != std::string_view::npos) return view.substr(begin, found + 1 - begin);
    if (view.size() >= begin + kLineBytesMax) return view.substr(begin, kLineBytesMax);
    searched = view.size();
    if (!window_.more()) return window_.view().substr(begin);
  }
}

/// The next line with what continues it.
bool Components::next_line(RawLine& line) {
  line.text.clear();
  line.bytes.clear();
  line.place = {window_.offset(), 0};
  bool is_soft = false;      // quoted-printable goes on
  bool is_continued = true;  // the first line, and the rest of a long one
  while (true) {
    const auto physical = physical_line(0);
    if (physical.empty()) break;
    const bool is_folded = physical.front() == ' ' || physical.front() == '\t';
    if (!is_continued && !is_soft && !is_folded) break;
    auto text = without_line_end(physical);
    if (!is_continued && is_folded && !is_soft) text.remove_prefix(1);
    if (is_soft) line.text.pop_back();
    if (line.text.size() < kLineBytesMax) line.text += text.substr(0, kLineBytesMax - line.text.size());
    if (line.bytes.size() < kRejectBytesMax)
      line.bytes += physical.substr(0, kRejectBytesMax - line.bytes.size());
    line.place.bytes += physical.size();
    is_soft = line.text.ends_with('=') && is_quoted_printable(line.text);
    is_continued = !physical.ends_with('\n');
    window_.drop(physical.size());
  }
  return line.place.bytes > 0;
}

std::optional<Component> Components::next() {
  RawLine raw;
  while (next_line(raw)) {
    if (trimmed(raw.text).empty()) continue;
    Component component;
    component.place = raw.place;
    component.bytes = std::move(raw.bytes);
    auto text = std::string_view(raw.text);
    if (raw.place.offset == 0 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    auto line = parse_line(text, component.was_repaired);
    const auto kind = line ? upper(trimmed(line->value)) : std::string();
    if (line && line->name == "BEGIN" && kind == container_) {
      ++open_containers_;
      continue;
    }
    if (line && line->name == "END" && kind == container_) {
      if (open_containers_ > 0) --open_containers_;
      continue;
    }
    if (line && line->name == "BEGIN") {
      component.kind = kind;
      read_inside(component);
      if (is_cut_ || window_.failure()) return std::nullopt;
      return component;
    }
    if (line) component.lines.push_back(std::move(*line));
    return component;
  }
  is_cut_ |= open_containers_ > 0;
  return std::nullopt;
}

void Components::read_inside(Component& component) {
  std::vector<std::string> inside;
  RawLine raw;
  std::size_t bytes = 0;
  while (next_line(raw)) {
    component.place.bytes += raw.place.bytes;
    if (component.bytes.size() < kRejectBytesMax)
      component.bytes += raw.bytes.substr(0, kRejectBytesMax - component.bytes.size());
    bytes += raw.text.size();
    component.is_too_large |= bytes > kComponentBytesMax || component.lines.size() >= kLinesMax;
    auto line = parse_line(raw.text, component.was_repaired);
    if (!line) {
      if (component.is_too_large || trimmed(raw.text).empty()) continue;
      // Kept under no name.
      ContentLine odd;
      odd.value = utf8_of(raw.text, "", component.was_repaired);
      component.lines.push_back(std::move(odd));
      continue;
    }
    if (line->name == "BEGIN") {
      component.is_too_large |= inside.size() >= kDepthMax;
      if (inside.size() < kDepthMax) inside.push_back(upper(trimmed(line->value)));
      continue;
    }
    if (line->name == "END") {
      if (inside.empty() || upper(trimmed(line->value)) == component.kind) return;
      inside.pop_back();
      continue;
    }
    if (component.is_too_large) continue;
    if (!inside.empty()) line->inside = inside.back();
    component.lines.push_back(std::move(*line));
  }
  is_cut_ = true;
}

std::string unescaped(std::string_view value) {
  std::string out;
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      out += value[i];
      continue;
    }
    const char c = value[++i];
    out += c == 'n' || c == 'N' ? '\n' : c;
  }
  return out;
}

std::vector<std::string_view> split_value(std::string_view value, char separator) {
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= value.size(); ++i) {
    if (i < value.size() && value[i] == '\\') {
      ++i;
    } else if (i == value.size() || value[i] == separator) {
      parts.push_back(value.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (begin <= value.size() &&
      (parts.empty() || parts.back().data() + parts.back().size() != value.data() + value.size()))
    parts.push_back(value.substr(begin));
  return parts;
}

void LeftOverLines::add(const ContentLine& line) {
  const auto path = line.inside.empty() ? line.name : line.inside + "." + line.name;
  std::string value = line.value;
  if (!line.parameters.empty()) {
    std::string parameters;
    for (const auto& [key, text] : line.parameters)
      parameters += ";" + key + (text.empty() ? "" : "=" + text);
    value = parameters + ":" + value;
  }
  const auto [place, is_new] = positions_.try_emplace(path, values_.size());
  if (is_new) values_.push_back({path, {}});
  values_[place->second].second.push_back(std::move(value));
}

std::string LeftOverLines::json(const TableSpec& table, EntrySink& sink) const {
  std::string json;
  for (const auto& [name, values] : values_) {
    sink.unknown(table, name);
    json += json.empty() ? "{" : ",";
    json += json_quoted(name) + ":";
    std::string list;
    for (const auto& each : values) list += (list.empty() ? "" : ",") + json_quoted(each);
    json += values.size() == 1 ? list : "[" + list + "]";
  }
  return json.empty() ? json : json + "}";
}

}  // namespace lake::takeout
