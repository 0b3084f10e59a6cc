#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/config/settings.hpp"
#include "lake/os/file_system.hpp"
#include "lake/os/machine.hpp"

namespace lake::config {

/// Everything that settings come from. A flag wins over the environment, that over the file, that over the
/// default.
struct Sources {
  std::map<std::string, std::string> flags;        // by name without dashes: {"memory-limit", "2GiB"}
  std::map<std::string, std::string> environment;  // the whole environment; DPLAKE_..., HOME are looked at
  std::string file_name;                           // for messages
  std::optional<std::string> file_text;            // TOML
  std::string current_directory;                   // absolute; relative paths start here
};

/// Something wrong with one value: where it was given, and what is wrong.
struct Problem {
  std::string where;
  std::string what;
};

/// All that was found, good or bad.
struct Loaded {
  Settings settings;
  std::map<std::string, std::string> origins;  // key -> "default", the file's name, "DPLAKE_..." or "--..."
  std::vector<Problem> problems;               // every one; settings are usable only when there is none
  std::vector<Problem> warnings;
};

/// Pure: reads nothing but its arguments.
Loaded load(const Sources& sources, const os::Machine& machine);

/// load() with the file that --config or DPLAKE_CONFIG names, if any.
/// Errors: kNotFound, kIo (the file). Wrong settings are in `problems`.
Result<Loaded> load_from(os::FileSystem& files, std::map<std::string, std::string> flags,
                         std::map<std::string, std::string> environment, const os::Machine& machine);

/// The settings, or one kInvalidArgument that lists every problem, a line for each.
Result<Settings> settings_of(const Loaded& loaded);

}  // namespace lake::config
