#include "lake/takeout/xml_records.hpp"

#include <expat.h>

#include <array>
#include <map>
#include <memory>
#include <utility>

#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/html_tokens.hpp"

namespace lake::takeout {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;
constexpr std::size_t kNodeBytes = 128;  // what an element without text is taken to cost
constexpr std::size_t kLeftOverMax = 2000;

std::string_view without_prefix(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::optional<std::string_view> value_of(const std::vector<std::pair<std::string, std::string>>& pairs,
                                         std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return std::nullopt;
}

/// One file on its way through expat.
class XmlReading {
 public:
  XmlReading(XmlFormat& format, Content& content, EntrySink& sink)
      : format_(format), content_(content), sink_(sink), parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), &on_open, &on_close);
    XML_SetCharacterDataHandler(parser_.get(), &on_text);
    // Entities of its own are what attacks are made of; no format here has any.
    XML_SetEntityDeclHandler(parser_.get(), &on_entity);
    XML_SetParamEntityParsing(parser_.get(), XML_PARAM_ENTITY_PARSING_NEVER);
  }

  Result<ParseEnd> read() {
    while (true) {
      auto* buffer = XML_GetBuffer(parser_.get(), static_cast<int>(kReadBytes));
      if (buffer == nullptr) return ParseEnd{false, fed_, "the XML reader has no memory"};
      const auto got = content_.read({static_cast<std::byte*>(buffer), kReadBytes});
      if (!got) return ParseEnd{false, fed_, got.error().message()};
      remember({static_cast<const char*>(buffer), *got});
      fed_ += *got;
      const auto status = XML_ParseBuffer(parser_.get(), static_cast<int>(*got), *got == 0 ? 1 : 0);
      if (!outcome_) return outcome_.error();
      if (status != XML_STATUS_OK) return broken();
      // A tag or comment that does not end is held whole.
      const auto at = XML_GetCurrentByteIndex(parser_.get());
      if (at >= 0 && fed_ - static_cast<std::uint64_t>(at) > kXmlRecordBytesMax)
        return ParseEnd{false, static_cast<std::uint64_t>(at), "a tag is too large"};
      if (*got == 0) return ParseEnd{};
    }
  }

 private:
  struct Free {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
  };
  /// A record that is open, and the path to its innermost open element.
  struct Capture {
    std::unique_ptr<XmlNode> record;
    std::vector<XmlNode*>
        open;  // the last is the innermost; a parent's children are not added to while one is open
    std::uint64_t offset = 0;
    std::size_t bytes = 0;
    std::size_t depth = 0;
  };

  static XmlReading& of(void* self) { return *static_cast<XmlReading*>(self); }
  static void XMLCALL on_open(void* self, const XML_Char* name, const XML_Char** attributes) {
    of(self).open(name, attributes);
  }
  static void XMLCALL on_close(void* self, const XML_Char* /*name*/) { of(self).close(); }
  static void XMLCALL on_text(void* self, const XML_Char* text, int size) {
    of(self).add_text({text, static_cast<std::size_t>(size)});
  }
  static void XMLCALL on_entity(void* self, const XML_Char* /*name*/, int /*is_parameter*/,
                                const XML_Char* /*value*/, int /*length*/, const XML_Char* /*base*/,
                                const XML_Char* /*system*/, const XML_Char* /*public_id*/,
                                const XML_Char* /*notation*/) {
    of(self).stop("it declares entities");
  }

  void stop(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    XML_StopParser(parser_.get(), XML_FALSE);
  }
  ParseEnd broken() const {
    const auto at = XML_GetCurrentByteIndex(parser_.get());
    const auto offset = at < 0 ? fed_ : static_cast<std::uint64_t>(at);
    if (!why_.empty()) return {false, offset, why_};
    const auto* told = XML_ErrorString(XML_GetErrorCode(parser_.get()));
    return {false, offset, std::string("no XML: ") + (told == nullptr ? "unknown" : told)};
  }
  [[nodiscard]] std::uint64_t position() const {
    const auto at = XML_GetCurrentByteIndex(parser_.get());
    return at < 0 ? 0 : static_cast<std::uint64_t>(at);
  }

  /// Keeps the bytes from the oldest open record on, for those that are rejected; no more than a record may
  /// have.
  void remember(std::string_view chunk) {
    if (captures_.empty()) {
      raw_.clear();
      raw_begin_ = fed_;
      // The tag that an element began with may lie in the chunk before.
      raw_ = std::exchange(last_chunk_, std::string(chunk));
      raw_begin_ -= raw_.size();
    } else {
      last_chunk_ = chunk;
    }
    if (raw_.size() < kXmlRecordBytesMax) raw_ += chunk;
  }
  [[nodiscard]] std::string_view raw(ElementPlace place) const {
    if (place.offset < raw_begin_ || place.offset - raw_begin_ > raw_.size()) return {};
    return std::string_view(raw_).substr(place.offset - raw_begin_, place.bytes);
  }

  [[nodiscard]] std::string_view parent() const {
    if (!captures_.empty()) return captures_.back().open.back()->name;
    return around_.empty() ? std::string_view() : std::string_view(around_.back().name);
  }

  void open(std::string_view full_name, const XML_Char** attributes) {
    if (stopped()) return;
    const auto name = without_prefix(full_name);
    if (++depth_ > kXmlDepthMax) {
      stop("its elements are nested too deep");
      return;
    }
    std::vector<std::pair<std::string, std::string>> pairs;
    std::size_t bytes = kNodeBytes + name.size();
    for (; *attributes != nullptr; attributes += 2) {
      const std::string_view key = attributes[0];
      if (key.starts_with("xmlns") || key.starts_with("xsi:")) continue;
      pairs.emplace_back(without_prefix(key), attributes[1]);
      bytes += pairs.back().first.size() + pairs.back().second.size() + kNodeBytes;
    }
    if (captures_.empty() && !has_children_.empty()) has_children_.back() = true;
    if (format_.is_record(name, parent())) {
      Capture capture;
      capture.record = std::make_unique<XmlNode>();
      capture.record->name = name;
      capture.record->attributes = std::move(pairs);
      capture.open.push_back(capture.record.get());
      capture.offset = position();
      capture.bytes = bytes;
      capture.depth = depth_;
      captures_.push_back(std::move(capture));
      return;
    }
    if (!captures_.empty()) {
      auto& capture = captures_.back();
      capture.bytes += bytes;
      if (capture.bytes > kXmlRecordBytesMax) return;  // passed over, and rejected when it ends
      auto& node = capture.open.back()->children.emplace_back();
      node.name = name;
      node.attributes = std::move(pairs);
      capture.open.push_back(&node);
      return;
    }
    has_children_.push_back(false);
    around_.push_back({std::string(name), numbers_[std::string(name)]++, std::move(pairs), {}});
    if (numbers_.size() > kNamesMax) stop("it has too many kinds of elements");
    text_.clear();
  }

  void add_text(std::string_view text) {
    if (stopped()) return;
    if (captures_.empty()) {
      if (text_.size() < XmlAround::kLeafBytesMax)
        text_ += text.substr(0, XmlAround::kLeafBytesMax - text_.size());
      return;
    }
    auto& capture = captures_.back();
    capture.bytes += text.size();
    if (capture.bytes <= kXmlRecordBytesMax) capture.open.back()->text += text;
  }

  void close() {
    if (stopped()) return;
    const auto depth = depth_--;
    if (captures_.empty()) {
      close_around();
      return;
    }
    auto& capture = captures_.back();
    if (depth > capture.depth) {
      if (capture.bytes <= kXmlRecordBytesMax) {
        auto& node = *capture.open.back();
        node.text = trimmed(node.text);
        capture.open.pop_back();
      }
      return;
    }
    auto done = std::move(capture);
    captures_.pop_back();
    done.record->text = trimmed(done.record->text);
    const auto end = position() + static_cast<std::uint64_t>(XML_GetCurrentByteCount(parser_.get()));
    outcome_ = finish(done, {done.offset, end - done.offset});
    if (!outcome_) stop("");
  }

  /// An element without elements in it is a leaf of the one around it.
  void close_around() {
    auto closed = std::move(around_.back());
    around_.pop_back();
    const bool is_leaf = !has_children_.back();
    has_children_.pop_back();
    if (is_leaf && !around_.empty() && around_.back().leaves.size() < XmlAround::kLeavesMax) {
      const auto text = trimmed(text_);
      if (!text.empty()) {
        // Cut inside a character.
        around_.back().leaves.emplace_back(closed.name,
                                           is_utf8(text) ? std::string(text) : repaired_utf8(text));
      }
    }
    text_.clear();
  }

  Status finish(const Capture& capture, ElementPlace place) {
    const auto number = records_++;
    if (!sink_.begin_element(place)) {
      format_.pass_over(*capture.record);
      return ok();
    }
    const auto outcome = capture.bytes > kXmlRecordBytesMax
                             ? std::string_view("too large")
                             : format_.read(*capture.record, around_, number, sink_);
    if (outcome.empty()) return sink_.end_element();
    return sink_.reject(raw(place), outcome);
  }

  [[nodiscard]] bool stopped() const { return !outcome_ || !why_.empty(); }

  static constexpr std::size_t kNamesMax = 10'000;
  XmlFormat& format_;
  Content& content_;
  EntrySink& sink_;
  std::unique_ptr<std::remove_pointer_t<XML_Parser>, Free> parser_;
  std::vector<XmlAround> around_;
  std::vector<bool> has_children_;  // of those around
  std::vector<Capture> captures_;
  std::map<std::string, std::uint64_t> numbers_;
  std::string text_;  // of the innermost element outside of records
  std::string raw_;
  std::string last_chunk_;
  std::uint64_t raw_begin_ = 0;
  std::uint64_t fed_ = 0;
  std::uint64_t records_ = 0;
  std::size_t depth_ = 0;
  Status outcome_ = ok();
  std::string why_;
};

/// The leaves below a node, each with the path of names to it.
void keep_leaves(const XmlNode& node, const std::string& path, std::size_t& left, Extra& extra) {
  for (const auto& [key, value] : node.attributes) {
    if (left == 0) return;
    --left;
    extra.add(path + "@" + key, json_quoted(value));
  }
  if (!node.text.empty() && left > 0) {
    --left;
    extra.add(path, json_quoted(node.text));
  }
  std::map<std::string_view, std::size_t> seen;
  for (const auto& child : node.children) {
    if (left == 0) return;
    const auto number = seen[child.name]++;
    const auto name = number == 0 ? child.name : child.name + "[" + std::to_string(number) + "]";
    keep_leaves(child, path.empty() ? name : path + "." + name, left, extra);
  }
}

}  // namespace

std::optional<std::string_view> XmlNode::attribute(std::string_view of) const {
  return value_of(attributes, of);
}

const XmlNode* XmlNode::child(std::string_view of) const {
  for (const auto& each : children) {
    if (each.name == of) return &each;
  }
  return nullptr;
}

std::optional<std::string_view> XmlNode::child_text(std::string_view of) const {
  const auto* found = child(of);
  return found == nullptr || found->text.empty() ? std::nullopt
                                                 : std::optional<std::string_view>(found->text);
}

std::optional<std::string_view> XmlAround::leaf(std::string_view of) const { return value_of(leaves, of); }

Result<ParseEnd> parse_xml(XmlFormat& format, Content& content, EntrySink& sink) {
  return XmlReading(format, content, sink).read();
}

std::string_view xml_root(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  head = trimmed(head);
  while (head.starts_with("<?") || head.starts_with("<!")) {
    auto end = head.starts_with("<!--") ? head.find("-->") : head.find_first_of("[>");
    if (end != std::string_view::npos && head[end] == '[') end = head.find(']', end);  // declarations inside
    if (end == std::string_view::npos || head.find('>', end) == std::string_view::npos) return {};
    head = trimmed(head.substr(head.find('>', end) + 1));
  }
  if (!head.starts_with('<')) return {};
  head.remove_prefix(1);
  return without_prefix(head.substr(0, head.find_first_of(" \t\r\n/>")));
}

void keep_rest(const XmlNode& node, std::span<const std::string_view> taken, Extra& extra) {
  std::size_t left = kLeftOverMax;
  std::map<std::string_view, std::size_t> seen;
  for (const auto& child : node.children) {
    const auto number = seen[child.name]++;
    bool is_taken = false;
    for (const auto name : taken) is_taken = is_taken || (name == child.name && number == 0);
    if (is_taken) continue;
    keep_leaves(child, number == 0 ? child.name : child.name + "[" + std::to_string(number) + "]", left,
                extra);
  }
}

std::optional<double> number_of(const std::optional<std::string_view>& text) {
  return text ? parse_real(trimmed(*text)) : std::nullopt;
}

}  // namespace lake::takeout
