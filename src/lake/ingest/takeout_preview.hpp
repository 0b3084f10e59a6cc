#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/takeout_selection.hpp"
#include "lake/os/clock.hpp"
#include "lake/os/file_system.hpp"
#include "lake/telemetry/metrics.hpp"

namespace lake::ingest {

/// Says what an import of these parts would find, without storing anything, in seconds: entries from the
/// directory, their kinds from the first bytes of some of them and from what their neighbours are. As JSON:
/// {"status": "preview", "parts": [{"path", "kind", "bytes", "entries", "content_bytes", "is_whole",
/// "reason"}], "kinds": [{"product", "kind", "by", "wanted", "entries", "bytes", "sample": [names], "rows":
/// [{"table", "row"}]}]}: the first rows that an import would make, long texts cut, times as people read
/// them. Nothing of tables that hold secrets or of kinds that no parser knows is shown. An archive without a
/// directory (tgz) is walked for kWalkTime at most. Bounds: kHeadsMax entries are opened. `go_on` is asked
/// often; its error ends it. Errors: those of `go_on`; a part that cannot be read is told in its line.
Result<std::string> preview_takeout(os::FileSystem& files, os::Clock& clock, telemetry::Metrics& metrics,
                                    const std::vector<std::string>& paths, const ProductSelection& products,
                                    const std::function<Status()>& go_on);

}  // namespace lake::ingest
