#pragma once

#include <string_view>

#include "lake/takeout/json_elements.hpp"
#include "lake/takeout/json_members.hpp"
#include "lake/takeout/product.hpp"

namespace lake::takeout {

/// What became of one element; empty = it was stored, else the reason to reject it.
using ElementOutcome = std::string_view;
inline constexpr ElementOutcome kStored{};

/// Drives the elements of a JSON document through `read_element(element, reader, sink) -> ElementOutcome`,
/// which writes rows for a good element. What is too large or too deep is rejected before.
template <class ReadElement>
Result<ParseEnd> parse_json_elements(Content& content, EntrySink& sink, ReadElement&& read_element) {
  JsonElements elements(content);
  JsonReader reader;
  while (const auto element = elements.next()) {
    if (!sink.begin_element(element->place)) continue;
    const ElementOutcome outcome = element->is_too_large  ? "too large"
                                   : element->is_too_deep ? "too deep"
                                                          : read_element(*element, reader, sink);
    if (outcome == kStored) {
      LAKE_CHECK_OK(sink.end_element());
    } else {
      LAKE_CHECK_OK(sink.reject(element->text, outcome));
    }
  }
  if (elements.end() == JsonElements::End::kComplete) return ParseEnd{};
  return ParseEnd{false, elements.end_offset(), elements.end_reason()};
}

/// The reason for a JsonReader's outcome that is not kRead.
inline ElementOutcome reason_of(JsonReader::Outcome outcome) {
  return outcome == JsonReader::Outcome::kSyntax ? "syntax" : "shape";
}

}  // namespace lake::takeout
