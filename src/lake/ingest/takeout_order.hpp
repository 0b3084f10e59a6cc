#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/takeout_selection.hpp"

namespace lake::ingest {

/// What becomes of the archives themselves.
enum class ArchiveKeeping : std::uint8_t {
  kReference,  // they stay where they are, and have to
  kCopy,       // `<data>/archives/<sha256>/<name>` gets a copy
  kAdopt,      // they are moved there
};
/// "reference", "copy", "adopt".
std::string_view name_of(ArchiveKeeping keeping);

/// A part and where it comes from.
struct OrderedPart {
  std::string path;    // where it is read
  std::string from;    // where it lies first, when it has to be brought there; empty = it is there
  std::string upload;  // the upload it came as
  std::string key;     // tells its content from others: "sha256:..." or "file:path:bytes:time"
};

/// An import that was asked for.
struct TakeoutOrder {
  std::vector<std::string> paths;    // as asked: the server's paths
  std::vector<std::string> uploads;  // as asked: ids
  std::string time_zone;
  ProductSelection products;
  ArchiveKeeping archives = ArchiveKeeping::kReference;
  std::uint64_t batch_rows = 200'000;  // stored together, at most
  bool dry_run = false;
  bool force = false;
  bool replay = false;             // of what was imported before; needs no path
  std::string trace_parent;        // header traceparent of who asked; empty = none, or none that is valid
  std::vector<OrderedPart> parts;  // worked out of paths and uploads; empty until then
};

/// Reads a request {"paths", "uploads", "time_zone", "products": {"include", "exclude"}, "archives",
/// "batch_rows" (or "batch_size"), "dry_run", "force", "replay"}. Errors: kInvalidArgument (names the
/// member).
Result<TakeoutOrder> takeout_order_of(std::string_view json);
/// Everything, `parts` too, for a process to come; and back. Errors: kCorruption.
std::string order_text(const TakeoutOrder& order);
Result<TakeoutOrder> stored_order_of(std::string_view json);
/// Whether some part is no upload.
bool has_paths(const TakeoutOrder& order);
/// Equal for orders that must give the same: contents, options and whether the lake keeps them; not paths.
std::string order_key(const TakeoutOrder& order);

}  // namespace lake::ingest
