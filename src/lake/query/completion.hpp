#pragma once

#include <string>

namespace lake::query {

/// The query whose one column holds the words that may stand at the end of `text`, best first: tables,
/// schemas and columns of the lake, and what the engine's grammar allows there. All begin with the last part
/// of the name that is being typed, whatever its case; a name that needs quotes has them. At most 100 rows.
std::string completion_query(const std::string& text);

}  // namespace lake::query
