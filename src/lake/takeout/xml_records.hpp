#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lake/takeout/json_members.hpp"
#include "lake/takeout/product.hpp"

namespace lake::takeout {

/// An element of XML with everything in it. Names are without their namespace's prefix. Texts are well-formed
/// UTF-8.
struct XmlNode {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;  // of the element itself, without the space around it
  std::vector<XmlNode> children;
  [[nodiscard]] std::optional<std::string_view> attribute(std::string_view of) const;
  /// The first child of that name; null when there is none.
  [[nodiscard]] const XmlNode* child(std::string_view of) const;
  /// The text of the first child of that name that has some.
  [[nodiscard]] std::optional<std::string_view> child_text(std::string_view of) const;
};

/// An element around a record that is not read as a whole.
struct XmlAround {
  std::string name;
  std::uint64_t number = 0;  // among those of its name in the file, from 0
  std::vector<std::pair<std::string, std::string>> attributes;
  /// Its children that are text and stood before the record, the first kLeavesMax: <name> of a track.
  std::vector<std::pair<std::string, std::string>> leaves;
  [[nodiscard]] std::optional<std::string_view> leaf(std::string_view of) const;
  static constexpr std::size_t kLeavesMax = 32;
  static constexpr std::size_t kLeafBytesMax = 1024;
};

/// What a format makes of the elements that are its records.
class XmlFormat {
 public:
  virtual ~XmlFormat() = default;
  /// The element in the element `parent` (empty: the first) is a record: it is read as a whole. One inside of
  /// another is given before it and is no part of it.
  [[nodiscard]] virtual bool is_record(std::string_view name, std::string_view parent) const = 0;
  /// Between begin_element() and end_element() of the sink; gives kStored or a reason to reject. `number`
  /// counts the records of the file from 0, those stored by an earlier run too.
  virtual std::string_view read(const XmlNode& record, std::span<const XmlAround> around,
                                std::uint64_t number, EntrySink& sink) = 0;
  /// The same for a record that an earlier run stored: only what later records need.
  virtual void pass_over(const XmlNode& /*record*/) {}
};

/// Reads XML of any size through expat, record by record. Memory: one record, at most kXmlRecordBytesMax;
/// deeper than kXmlDepthMax or with a declaration of entities the file ends there. No other file is ever
/// opened. Errors: those of the sink.
inline constexpr std::size_t kXmlRecordBytesMax = 16U << 20U;
inline constexpr std::size_t kXmlDepthMax = 64;
Result<ParseEnd> parse_xml(XmlFormat& format, Content& content, EntrySink& sink);

/// The name of the first element of a head that is XML, without its prefix; empty for anything else.
std::string_view xml_root(std::string_view head);

/// Puts what stands in `node` beside the children named in `taken` into `extra`: "extensions.hr": "120".
void keep_rest(const XmlNode& node, std::span<const std::string_view> taken, Extra& extra);

/// A decimal number and nothing else.
std::optional<double> number_of(const std::optional<std::string_view>& text);

}  // namespace lake::takeout
