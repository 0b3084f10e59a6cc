#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lake::ingest {

/// Whether every part of structs in values of one type has a place in another.
struct PartsFit {
  enum class Answer : std::uint8_t {
    kAll,
    kUnknown,  // where the other has a struct, the type tells no parts (JSON, MAP, ...)
    kMissing,
  };
  Answer answer = Answer::kAll;
  std::string place;  // the first part without one: ".b.c", "[].x"; empty for kAll
};

/// Compares two types as the engine prints them; names of parts as the engine compares them, in any case of
/// their letters. What is no struct in `wanted` has place for anything: a cast decides there.
PartsFit parts_fit(std::string_view type, std::string_view wanted);

}  // namespace lake::ingest
