#include "lake/config/load.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lake/config/toml_entries.hpp"
#include "lake/config/units.hpp"

namespace lake::config {
namespace {

using Millis = std::chrono::milliseconds;

constexpr std::uint64_t kFileBytesMax = 1ULL << 20U;
constexpr std::uint64_t kShareSumMax = 80;
constexpr std::string_view kConfigVariable = "DPLAKE_CONFIG";
// of the command line and the build, not settings
constexpr std::array<std::string_view, 5> kOtherVariables = {"DPLAKE_TOKEN", "DPLAKE_SERVER", "DPLAKE_DEPS",
                                                             "DPLAKE_TEST", kConfigVariable};

std::string bounds_text(const Setting& setting) {
  const auto text = [&setting](std::uint64_t bound) {
    if (setting.kind == SettingKind::kDuration) return duration_text(Millis(bound));
    if (setting.kind == SettingKind::kSize || setting.kind == SettingKind::kMemory) return size_text(bound);
    return std::to_string(bound);
  };
  return text(setting.min) + " to " + text(setting.max);
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto at = text.find(separator);
    if (at != 0) parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  }
  return parts;
}

class Loader {
 public:
  Loader(const Sources& sources, const os::Machine& machine) : sources_(sources), machine_(machine) {}

  Loaded run() {
    for (const auto& setting : all_settings()) apply(setting, std::string(setting.fallback), "default");
    if (sources_.file_text) apply_file(*sources_.file_text);
    apply_environment();
    for (const auto& [flag, text] : sources_.flags) {
      const Setting* setting = find_setting_of_flag(flag);
      if (setting != nullptr) {
        apply(*setting, text, "--" + flag);
      } else if (flag != "config") {
        complain("--" + flag, "no such flag");
      }
    }
    complete();
    return std::move(loaded_);
  }

 private:
  void complain(std::string where, std::string what) {
    loaded_.problems.push_back({std::move(where), std::move(what)});
  }

  void apply_file(const std::string& text) {
    const auto entries = toml_entries(text);
    if (!entries) {
      complain(sources_.file_name, entries.error().message());
      return;
    }
    for (const auto& entry : *entries) apply_entry(entry);
  }

  void apply_entry(const TomlEntry& entry) {
    const std::string where =
        entry.key + " in " + sources_.file_name + ", line " + std::to_string(entry.line);
    const Setting* setting = find_setting(entry.key);
    if (setting == nullptr) {
      complain(where, "no such setting");
      return;
    }
    using Kind = TomlEntry::Kind;
    bool fits = entry.kind == Kind::kText;
    if (setting->kind == SettingKind::kSwitch) fits = entry.kind == Kind::kBoolean;
    if (setting->kind == SettingKind::kNumber) fits = entry.kind == Kind::kInteger;
    if (setting->kind == SettingKind::kSize || setting->kind == SettingKind::kMemory ||
        setting->kind == SettingKind::kPercent) {
      fits = entry.kind == Kind::kText || entry.kind == Kind::kInteger;
    }
    if (setting->kind == SettingKind::kPaths) fits = entry.kind == Kind::kTexts;
    if (!fits) {
      complain(where, "wrong type, expected " + kind_text(*setting));
    } else if (setting->kind == SettingKind::kPaths) {
      if (set_paths(*setting, entry.texts, where)) loaded_.origins[entry.key] = sources_.file_name;
    } else {
      apply(*setting, entry.text, where, sources_.file_name);
    }
  }

  void apply_environment() {
    for (const auto& setting : all_settings()) {
      const std::string name = environment_name(setting);
      known_variables_.push_back(name);
      const auto found = sources_.environment.find(name);
      if (found != sources_.environment.end()) apply(setting, found->second, name);
    }
    for (const auto& variable : sources_.environment) {
      const std::string& name = variable.first;
      const bool ours = name.starts_with("DPLAKE_");
      const auto is_name = [&name](std::string_view known) { return known == name; };
      const bool known = std::any_of(known_variables_.begin(), known_variables_.end(), is_name) ||
                         std::any_of(kOtherVariables.begin(), kOtherVariables.end(), is_name);
      if (ours && !known) loaded_.warnings.push_back({name, "no such setting, ignored"});
    }
  }

  void apply(const Setting& setting, const std::string& text, const std::string& where) {
    apply(setting, text, where, where);
  }

  void apply(const Setting& setting, const std::string& text, const std::string& where,
             const std::string& origin) {
    const std::string_view key = setting.key;
    if (set(setting, text, where)) loaded_.origins[std::string(key)] = origin;
  }

  /// Reads `text` as the setting's kind; complains and answers false when that cannot be.
  bool set(const Setting& setting, const std::string& text, const std::string& where) {
    switch (setting.kind) {
      case SettingKind::kText:
        return set_text(setting, text, where, text);
      case SettingKind::kPath:
        return set_path(setting, text, where);
      case SettingKind::kChoice:
        return set_choice(setting, text, where);
      case SettingKind::kSwitch:
        return set_switch(setting, text, where);
      case SettingKind::kPaths:
        return set_paths(setting, split(text, ':'), where);
      case SettingKind::kDuration:
        return set_duration(setting, text, where);
      case SettingKind::kNumber:
        return set_number(setting, number_of(text), text, where);
      case SettingKind::kSize:
        return set_number(setting, size_of(text), text, where);
      case SettingKind::kPercent:
        return set_number(setting, percent_of(text), text, where);
      case SettingKind::kMemory: {
        const auto percent = text.ends_with('%') ? percent_of(text) : std::nullopt;
        const auto bytes = percent ? std::optional(machine_.memory_bytes / 100 * *percent) : size_of(text);
        return set_number(setting, bytes, text, where);
      }
    }
    return false;
  }

  template <class T>
  T& field(const Setting& setting) {
    return std::get<T& (*)(Settings&)>(setting.field)(loaded_.settings);
  }

  bool wrong(const Setting& setting, const std::string& text, const std::string& where) {
    complain(where, "\"" + text + "\" is not a value for it, expected " + kind_text(setting));
    return false;
  }

  bool set_text(const Setting& setting, const std::string& text, const std::string& where,
                std::string value) {
    if (text.empty()) return wrong(setting, text, where);
    field<std::string>(setting) = std::move(value);
    return true;
  }

  bool set_choice(const Setting& setting, const std::string& text, const std::string& where) {
    const auto choices = split(setting.choices, '|');
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) return wrong(setting, text, where);
    field<std::string>(setting) = text;
    return true;
  }

  bool set_switch(const Setting& setting, const std::string& text, const std::string& where) {
    if (text != "true" && text != "false") return wrong(setting, text, where);
    field<bool>(setting) = text == "true";
    return true;
  }

  bool set_duration(const Setting& setting, const std::string& text, const std::string& where) {
    const auto duration = duration_of(text);
    if (!duration) return wrong(setting, text, where);
    const auto millis = static_cast<std::uint64_t>(duration->count());
    if (millis < setting.min || millis > setting.max) {
      complain(where, "\"" + text + "\" is out of bounds, allowed are " + bounds_text(setting));
      return false;
    }
    field<Millis>(setting) = *duration;
    return true;
  }

  bool set_number(const Setting& setting, std::optional<std::uint64_t> number, const std::string& text,
                  const std::string& where) {
    if (!number) return wrong(setting, text, where);
    if (*number < setting.min || *number > setting.max) {
      complain(where, "\"" + text + "\" is out of bounds, allowed are " + bounds_text(setting));
      return false;
    }
    field<std::uint64_t>(setting) = *number;
    return true;
  }

  std::optional<std::string> absolute(const std::string& path) const {
    if (path == "~" || path.starts_with("~/")) {
      const auto home = sources_.environment.find("HOME");
      if (home == sources_.environment.end() || !home->second.starts_with('/')) return std::nullopt;
      return path.size() == 1 ? home->second : os::join_path(home->second, path.substr(2));
    }
    return path.starts_with('/') ? path : os::join_path(sources_.current_directory, path);
  }

  bool set_path(const Setting& setting, const std::string& text, const std::string& where) {
    if (text.empty() || text.find('\0') != std::string::npos) return wrong(setting, text, where);
    auto path = absolute(text);
    if (!path && where == "default") {
      field<std::string>(setting).clear();  // complained about in the end, when nothing better came
      return true;
    }
    if (!path) {
      complain(where, "HOME is not set, \"" + text + "\" leads nowhere");
      return false;
    }
    return set_text(setting, text, where, std::move(*path));
  }

  bool set_paths(const Setting& setting, const std::vector<std::string>& texts, const std::string& where) {
    std::vector<std::string> paths;
    for (const auto& text : texts) {
      auto path = absolute(text);
      if (text.empty() || !path) return wrong(setting, text, where);
      paths.push_back(std::move(*path));
    }
    field<std::vector<std::string>>(setting) = std::move(paths);
    return true;
  }

  /// What depends on the machine or on several settings.
  void complete() {
    Settings& settings = loaded_.settings;
    if (settings.engine.threads == 0) settings.engine.threads = machine_.cpu_count;
    if (settings.data.directory.empty())
      complain("data.directory", "HOME is not set, name a data directory with --data");
    complete_address(settings.server.address);
    const Settings::Memory& memory = settings.memory;
    const std::uint64_t shares = memory.catalog_percent + memory.segments_percent + memory.statistics_percent;
    if (shares > kShareSumMax) {
      complain("memory.*_percent", "together they are " + std::to_string(shares) + " %, at most " +
                                       std::to_string(kShareSumMax) + " % leave room for the engine");
    }
  }

  /// Names are not looked up, but for the one that always means the same.
  void complete_address(std::string& address) {
    if (address == "localhost") address = "127.0.0.1";
    in6_addr parsed{};
    if (::inet_pton(AF_INET, address.c_str(), &parsed) == 1) return;
    if (::inet_pton(AF_INET6, address.c_str(), &parsed) == 1) return;
    complain("server.address", "\"" + address + "\" is no IP address, such as 127.0.0.1 or ::1");
  }

  const Sources& sources_;
  const os::Machine& machine_;
  Loaded loaded_;
  std::vector<std::string> known_variables_;
};

}  // namespace

Loaded load(const Sources& sources, const os::Machine& machine) { return Loader(sources, machine).run(); }

Result<Loaded> load_from(os::FileSystem& files, std::map<std::string, std::string> flags,
                         std::map<std::string, std::string> environment, const os::Machine& machine) {
  Sources sources;
  const auto flag = flags.find("config");
  const auto variable = environment.find(std::string(kConfigVariable));
  if (flag != flags.end()) {
    sources.file_name = flag->second;
  } else if (variable != environment.end()) {
    sources.file_name = variable->second;
  }
  if (!sources.file_name.empty()) {
    LAKE_TRY(sources.file_text, files.read_file(sources.file_name, kFileBytesMax));
  }
  LAKE_TRY(sources.current_directory, files.canonical("."));
  sources.flags = std::move(flags);
  sources.environment = std::move(environment);
  return load(sources, machine);
}

Result<Settings> settings_of(const Loaded& loaded) {
  if (loaded.problems.empty()) return loaded.settings;
  std::string text = "settings are wrong:";
  for (const auto& problem : loaded.problems) text += "\n  " + problem.where + ": " + problem.what;
  return Error(ErrorCode::kInvalidArgument, text);
}

}  // namespace lake::config
