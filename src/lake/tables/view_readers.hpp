#pragma once

#include <string>
#include <vector>

#include "lake/catalog/commit.hpp"
#include "lake/catalog/model.hpp"

namespace lake::tables {

/// The views that read a table or view, by their text, in order of schema and name. A name without schema in
/// a view means the one in the view's own schema, or else the one in main. A view that reads it AT a version
/// of the past does not count: it goes on without it. Macros do not count either: what their bodies name is
/// looked up when they are called.
std::vector<catalog::ObjectPtr> views_reading(const catalog::Snapshot& snapshot, const std::string& schema,
                                              const std::string& name);

/// The changes that drop the views that read what `schema`.`name` is, and those that read these. Throws
/// kInvalidArgument, naming the first, when there are any and `cascade` is not set. `kind`: "table" or
/// "view".
std::vector<catalog::Definition> drops_of_readers(const catalog::Snapshot& snapshot, const char* kind,
                                                  const std::string& schema, const std::string& name,
                                                  bool cascade);

/// The changes that drop the views of other schemas that read what is in this one, and those that read these.
std::vector<catalog::Definition> drops_of_outer_readers(const catalog::Snapshot& snapshot,
                                                        const std::string& schema);

}  // namespace lake::tables
