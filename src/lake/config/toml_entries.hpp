#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"

namespace lake::config {

/// One value of a TOML file, named by its dotted key.
struct TomlEntry {
  enum class Kind : std::uint8_t { kText, kInteger, kBoolean, kTexts, kOther };
  std::string key;
  Kind kind = Kind::kOther;
  std::string text;                // of kText, kInteger and kBoolean
  std::vector<std::string> texts;  // of kTexts, an array of strings
  std::uint32_t line = 0;          // from 1
};

/// All values of a TOML 1.0 text, tables flattened, ordered by key. Errors: kInvalidArgument (syntax, with
/// its line).
Result<std::vector<TomlEntry>> toml_entries(std::string_view text);

}  // namespace lake::config
