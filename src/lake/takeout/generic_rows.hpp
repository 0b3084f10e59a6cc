#pragma once

#include "lake/takeout/generic_tables.hpp"
#include "lake/takeout/json_product.hpp"

namespace lake::takeout {

/// An element of a known file that no table of its own is for, such as a section that came in a later year:
/// a row of raw_json. `idx` counts the elements of the file from 0, skipped ones too. Threads: one.
inline ElementOutcome write_raw_json(const EntryHead& head, std::string_view member, std::int64_t idx,
                                     std::string_view text, EntrySink& sink) {
  std::string repaired;
  if (!is_utf8(text)) {
    repaired = repaired_utf8(text);
    text = repaired;
    sink.repaired();
  }
  if (!is_json(text)) return "syntax";
  auto row = sink.row(kRawJson);
  row.integer(kRawJson.at("idx"), idx);
  row.text(kRawJson.at("path"), path_in_export(head.name));
  row.text(kRawJson.at("product"), product_folder(head.name));
  if (!member.empty())
    row.text(kRawJson.at("member"), is_utf8(member) ? std::string(member) : repaired_utf8(member));
  row.text(kRawJson.at("doc"), text);
  return kStored;
}

/// Drives the elements of a document as parse_json_elements() does, and tells read_element the number of
/// each: `read_element(element, idx, reader, sink)`.
template <class ReadElement>
Result<ParseEnd> parse_numbered_elements(Content& content, EntrySink& sink, ReadElement&& read_element) {
  JsonElements elements(content);
  JsonReader reader;
  std::int64_t idx = -1;
  while (const auto element = elements.next()) {
    ++idx;
    if (!sink.begin_element(element->place)) continue;
    const ElementOutcome outcome = element->is_too_large  ? "too large"
                                   : element->is_too_deep ? "too deep"
                                                          : read_element(*element, idx, reader, sink);
    if (outcome == kStored) {
      LAKE_CHECK_OK(sink.end_element());
    } else {
      LAKE_CHECK_OK(sink.reject(element->text, outcome));
    }
  }
  if (elements.end() == JsonElements::End::kComplete) return ParseEnd{};
  return ParseEnd{false, elements.end_offset(), elements.end_reason()};
}

}  // namespace lake::takeout
