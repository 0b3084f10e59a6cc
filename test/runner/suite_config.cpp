#include "suite_config.hpp"

#include <nlohmann/json.hpp>

namespace lake::sqltest {

std::string SuiteConfig::reason_to_skip(const std::string& path) const {
  for (const Skip& skip : skips) {
    if (path.find(skip.file) != std::string::npos) return skip.reason;
  }
  return {};
}

Result<SuiteConfig> read_suite_config(os::FileSystem& files, const std::string& path) {
  LAKE_TRY(const std::string text, files.read_file(path));
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object()) return Error(ErrorCode::kInvalidArgument, "not a JSON object: " + path);
  SuiteConfig config;
  for (const auto& [key, value] : json.items()) {
    if (key == "name" && value.is_string()) {
      config.name = value.get<std::string>();
    } else if (key == "driver" && value.is_string()) {
      config.driver = value.get<std::string>();
    } else if (key == "settings" && value.is_object()) {
      for (const auto& [name, setting] : value.items()) {
        config.settings[name] = setting.is_string() ? setting.get<std::string>() : setting.dump();
      }
    } else if (key == "skips" && value.is_array()) {
      for (const auto& skip : value) {
        const std::string reason = skip.value("reason", "");
        if (reason.empty()) return Error(ErrorCode::kInvalidArgument, "a skip needs a reason: " + path);
        config.skips.push_back({skip.value("file", ""), reason});
      }
    } else {
      return Error(ErrorCode::kInvalidArgument, "unknown key '" + key + "' in " + path);
    }
  }
  return config;
}

}  // namespace lake::sqltest
