#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/os/file_system.hpp"

namespace lake::sqltest {

/// One way to run the whole suite: test/configs/<name>.json
/// {"name": "...", "driver": "session|http|duckdb", "settings": {"tables.inline_rows_max": "0"},
///  "skips": [{"file": "part of a path", "reason": "why"}]}
struct SuiteConfig {
  std::string name = "default";
  std::string driver = "session";
  std::map<std::string, std::string> settings;  // dotted names of the settings tree
  struct Skip {
    std::string file;
    std::string reason;
  };
  std::vector<Skip> skips;

  /// The reason why `path` is left out, empty when it runs.
  [[nodiscard]] std::string reason_to_skip(const std::string& path) const;
};

/// Errors: kInvalidArgument (not the shape above, a skip without a reason), those of reading.
Result<SuiteConfig> read_suite_config(os::FileSystem& files, const std::string& path);

}  // namespace lake::sqltest
