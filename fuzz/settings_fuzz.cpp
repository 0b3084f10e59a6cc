#include <cstdint>
#include <string>

#include "lake/config/load.hpp"
#include "lake/config/reference.hpp"

// Any text as the settings file: settings, or problems that name a place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lake::config::Sources sources;
  sources.environment = {{"HOME", "/ann"}};
  sources.current_directory = "/here";
  sources.file_name = "lake.toml";
  sources.file_text.emplace(reinterpret_cast<const char*>(data), size);
  const auto loaded = lake::config::load(sources, {8ULL << 30U, 4});
  for (const auto& problem : loaded.problems) {
    if (problem.where.empty() || problem.what.empty()) __builtin_trap();
  }
  for (const auto& setting : lake::config::all_settings()) {
    if (!loaded.origins.contains(std::string(setting.key))) __builtin_trap();
  }
  if (lake::config::values_text(loaded).empty()) __builtin_trap();
  return 0;
}
