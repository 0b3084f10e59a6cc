#include "lake/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lake/config/reference.hpp"

namespace lake::config {
namespace {

using ::testing::HasSubstr;

constexpr os::Machine kMachine{10ULL << 30U, 8};

Sources sources() {
  Sources all;
  all.environment = {{"HOME", "/ann"}};
  all.current_directory = "/here";
  all.file_name = "lake.toml";
  return all;
}

TEST(Load, WithoutAnythingTheDefaultsHold) {
  const auto loaded = load(sources(), kMachine);
  ASSERT_TRUE(loaded.problems.empty()) << loaded.problems[0].where << loaded.problems[0].what;
  const Settings& settings = loaded.settings;
  EXPECT_EQ(settings.data.directory, "/ann/.local/share/dplake");
  EXPECT_EQ(settings.server.port, 8080U);
  EXPECT_EQ(settings.memory.limit_bytes, (10ULL << 30U) / 100 * 60);
  EXPECT_EQ(settings.engine.threads, 8U);
  EXPECT_EQ(settings.upkeep.expiry_age, std::chrono::hours(7 * 24));
  EXPECT_LT(settings.memory.engine_bytes(), settings.memory.limit_bytes);
}

TEST(Load, TheTableAndTheStructAgreeOnDefaults) {
  const Settings constructed;
  const auto loaded = load(sources(), kMachine);
  const std::set<std::string_view> of_machine{"data.directory", "memory.limit", "engine.threads"};
  for (const auto& setting : all_settings()) {
    if (of_machine.contains(setting.key)) continue;
    EXPECT_EQ(value_text(setting, constructed), value_text(setting, loaded.settings)) << setting.key;
  }
}

TEST(Load, FlagsWinOverEnvironmentOverFileOverDefault) {
  auto all = sources();
  all.file_text = "[server]\nport = 1\naddress = \"0.0.0.0\"\n[log]\nlevel = \"warn\"\n";
  all.environment["DPLAKE_PORT"] = "2";
  all.environment["DPLAKE_ADDRESS"] = "::1";
  all.flags["port"] = "3";
  const auto loaded = load(all, kMachine);
  ASSERT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.settings.server.port, 3U);
  EXPECT_EQ(loaded.settings.server.address, "::1");
  EXPECT_EQ(loaded.settings.log.level, "warn");
  EXPECT_EQ(loaded.origins.at("server.port"), "--port");
  EXPECT_EQ(loaded.origins.at("server.address"), "DPLAKE_ADDRESS");
  EXPECT_EQ(loaded.origins.at("log.level"), "lake.toml");
  EXPECT_EQ(loaded.origins.at("log.format"), "default");
}

TEST(Load, EveryMistakeIsToldAtOnceWithItsPlace) {
  auto all = sources();
  all.file_text =
      "[server]\nport = \"eight\"\nprot = 1\n[memory]\nlimit = \"1MB\"\n[log]\nformat = \"xml\"\n"
      "[upkeep]\nenabled = 1\ninterval = 5\n[access]\nallowed_paths = [1]\n";
  all.environment["DPLAKE_THREADS"] = "many";
  all.environment["DPLAKE_TREADS"] = "4";
  all.flags["memory-limit"] = "lots";
  all.flags["colour"] = "red";
  const auto loaded = load(all, kMachine);
  const auto result = settings_of(loaded);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), ErrorCode::kInvalidArgument);
  for (const char* part :
       {"server.port in lake.toml, line 2: wrong type, expected number",
        "server.prot in lake.toml, line 3: no such setting",
        "memory.limit in lake.toml, line 5: \"1MB\" is out of bounds, allowed are 64MiB to",
        "log.format in lake.toml, line 7", "one of text, json", "upkeep.enabled in lake.toml, line 9",
        "upkeep.interval in lake.toml, line 10", "access.allowed_paths in lake.toml, line 12",
        "DPLAKE_THREADS: \"many\"", "--memory-limit: \"lots\"", "--colour: no such flag"}) {
    EXPECT_THAT(result.error().message(), HasSubstr(part));
  }
  EXPECT_EQ(loaded.problems.size(), 10U);
  ASSERT_EQ(loaded.warnings.size(), 1U);
  EXPECT_EQ(loaded.warnings[0].where, "DPLAKE_TREADS");
}

TEST(Load, BadTomlIsToldWithItsLine) {
  auto all = sources();
  all.file_text = "[server]\nport = = 1\n";
  const auto loaded = load(all, kMachine);
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_THAT(loaded.problems[0].what, HasSubstr("line 2"));
  for (const char* text : {"[+", "[\x01", "a.+ = 1", "a = {+ = 1}", "[[", "\xff", "a = \"\x01\""}) {
    all.file_text = text;
    EXPECT_EQ(load(all, kMachine).problems.size(), 1U) << text;
  }
}

TEST(Load, PathsBecomeAbsolute) {
  auto all = sources();
  all.flags["data"] = "lake";
  all.environment["DPLAKE_ALLOWED_PATHS"] = "/srv/in:out:~/x";
  auto loaded = load(all, kMachine);
  EXPECT_EQ(loaded.settings.data.directory, "/here/lake");
  EXPECT_EQ(loaded.settings.access.allowed_paths,
            (std::vector<std::string>{"/srv/in", "/here/out", "/ann/x"}));
}

TEST(Load, WithoutHomeADataDirectoryMustBeNamed) {
  auto all = sources();
  all.environment.clear();
  EXPECT_EQ(load(all, kMachine).problems.size(), 1U);
  all.flags["data"] = "/d";
  EXPECT_TRUE(load(all, kMachine).problems.empty());
}

TEST(Load, SharesMustLeaveRoom) {
  auto all = sources();
  all.flags["memory-segments-percent"] = "50%";
  all.flags["memory-catalog-percent"] = "50";
  EXPECT_EQ(load(all, kMachine).problems.size(), 1U);
}

TEST(Load, MemoryLimitIsASizeOrAPercentage) {
  auto all = sources();
  all.flags["memory-limit"] = "512MB";
  EXPECT_EQ(load(all, kMachine).settings.memory.limit_bytes, 512'000'000U);
  all.flags["memory-limit"] = "50%";
  EXPECT_EQ(load(all, kMachine).settings.memory.limit_bytes, (10ULL << 30U) / 100 * 50);
}

TEST(Load, TheTemplateIsAFileThatChangesNothing) {
  auto all = sources();
  std::string text = toml_template();
  all.file_text = text;
  EXPECT_TRUE(load(all, kMachine).problems.empty());
  for (std::size_t at = text.find(" = "); at != std::string::npos; at = text.find(" = ", at + 1)) {
    const auto line = text.rfind("\n# ", at);
    text.replace(line, 3, "\n");
  }
  all.file_text = text;
  const auto loaded = load(all, kMachine);
  ASSERT_TRUE(loaded.problems.empty()) << loaded.problems[0].where << loaded.problems[0].what;
  EXPECT_EQ(loaded.origins.at("query.queued_max"), "lake.toml");
  for (const auto& setting : all_settings())
    EXPECT_EQ(value_text(setting, loaded.settings), value_text(setting, load(sources(), kMachine).settings));
}

TEST(Reference, NamesEverySetting) {
  const auto loaded = load(sources(), kMachine);
  std::set<std::string> names;
  for (const auto& setting : all_settings()) {
    EXPECT_THAT(flags_text(), HasSubstr("--" + std::string(setting.flag)));
    EXPECT_THAT(markdown_table(), HasSubstr(environment_name(setting)));
    EXPECT_THAT(values_text(loaded), HasSubstr(std::string(setting.key)));
    EXPECT_FALSE(setting.help.empty());
    EXPECT_EQ(find_setting(setting.key), &setting);
    EXPECT_EQ(find_setting_of_flag(setting.flag), &setting);
    EXPECT_TRUE(names.insert(environment_name(setting)).second);
  }
}

}  // namespace
}  // namespace lake::config
