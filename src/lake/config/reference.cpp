#include "lake/config/reference.hpp"

#include <algorithm>

namespace lake::config {
namespace {

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 1, width), ' ');
  return text;
}

std::string_view section_of(const Setting& setting) { return setting.key.substr(0, setting.key.find('.')); }
std::string_view name_of(const Setting& setting) { return setting.key.substr(setting.key.find('.') + 1); }

std::string toml_default(const Setting& setting) {
  switch (setting.kind) {
    case SettingKind::kNumber:
    case SettingKind::kSwitch:
      return std::string(setting.fallback);
    case SettingKind::kPaths:
      return "[]";
    default:
      return "\"" + std::string(setting.fallback) + "\"";
  }
}

}  // namespace

std::string flags_text() {
  constexpr std::size_t kColumn = 34;
  std::string text;
  for (const auto& setting : all_settings()) {
    text += padded("  --" + std::string(setting.flag), kColumn) + std::string(setting.help);
    text += " (" + kind_text(setting);
    if (!setting.fallback.empty()) text += ", default " + std::string(setting.fallback);
    text += ")\n";
  }
  return text +
         "\nEach is also a variable of the environment (--memory-limit is DPLAKE_MEMORY_LIMIT), and a key of "
         "the file\nthat --config names: dplake config template shows them all.\n";
}

std::string markdown_table() {
  std::string text = "| Key | Flag | Environment | Kind | Default | Meaning |\n|---|---|---|---|---|---|\n";
  for (const auto& setting : all_settings()) {
    const std::string fallback =
        setting.fallback.empty() ? "none" : "`" + std::string(setting.fallback) + "`";
    text += "| `" + std::string(setting.key) + "` | `--" + std::string(setting.flag) + "` | `" +
            environment_name(setting) + "` | " + kind_text(setting) + " | " + fallback + " | " +
            std::string(setting.help) + " |\n";
  }
  return text;
}

std::string toml_template() {
  std::string text;
  std::string_view section;
  for (const auto& setting : all_settings()) {
    if (section_of(setting) != section) {
      section = section_of(setting);
      text += (text.empty() ? "[" : "\n[") + std::string(section) + "]\n";
    }
    text += "# " + std::string(setting.help) + "\n# " + std::string(name_of(setting)) + " = " +
            toml_default(setting) + "\n";
  }
  return text;
}

std::string values_text(const Loaded& loaded) {
  constexpr std::size_t kKeyColumn = 30;
  constexpr std::size_t kValueColumn = 26;
  std::string text;
  for (const auto& setting : all_settings()) {
    const auto origin = loaded.origins.find(std::string(setting.key));
    text += padded(std::string(setting.key), kKeyColumn) +
            padded(value_text(setting, loaded.settings), kValueColumn) +
            (origin == loaded.origins.end() ? "" : origin->second) + "\n";
  }
  return text;
}

}  // namespace lake::config
