#include "sim/sim_lake.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "lake/catalog/catalog.hpp"
#include "lake/config/settings.hpp"
#include "lake/os/file_system.hpp"

namespace lake::sim {
namespace {

constexpr const char* kDirectory = "/lake";

config::Settings settings() {
  config::Settings made;
  made.data.directory = kDirectory;
  made.memory.limit_bytes = 512ULL << 20U;
  made.engine.threads = 1;
  made.engine.temp_bytes_max = 64ULL << 20U;
  made.tables.inline_rows_max = 1000;
  made.tables.file_bytes_target = 1ULL << 20U;
  made.upkeep.enabled = false;
  made.upkeep.expiry_age = std::chrono::milliseconds(0);
  made.upkeep.versions_min = 1;
  made.upkeep.orphan_grace = std::chrono::milliseconds(0);
  return made;
}

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + "\"";
}

/// Rows as lines, in sorted order.
std::string rows_text(query::Session& session, const std::string& sql) {
  auto result = session.run_text(sql);
  if (!result) return sql + " failed: " + result.error().message() + "\n";
  std::vector<std::string> lines;
  for (const auto& row : result->rows) {
    std::string line;
    for (const auto& value : row) line += (value ? *value : std::string("NULL")) + "|";
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

std::string comment_text(const std::optional<std::string>& comment) {
  return comment ? " -- " + *comment : "";
}

std::string fields_text(const std::vector<catalog::Field>& fields) {
  std::string text;
  for (const auto& field : fields) {
    text += ", " + std::to_string(field.id) + " " + field.name + " " + field.type +
            (field.not_null ? " not null" : "") + " " + field.default_sql.value_or("") + " " +
            field.initial_sql.value_or("") + comment_text(field.comment) + "(" + fields_text(field.children) +
            ")";
  }
  return text;
}

std::string definition_text(const catalog::Table& table) {
  std::string text = "table " + table.schema_name + "." + table.name + fields_text(table.schema->fields);
  for (const auto& check : table.checks) text += " check " + check;
  for (const auto& spec : table.specs) {
    if (spec.spec_id != table.spec_id) continue;
    for (const auto& field : spec.fields) text += " partition " + field.name + std::to_string(field.argument);
  }
  for (const auto& order : table.orders) {
    if (order.order_id != table.order_id) continue;
    for (const auto& field : order.fields) text += " sort " + std::to_string(field.source);
  }
  return text + comment_text(table.comment);
}

}  // namespace

SimLake::SimLake(std::uint64_t seed, const std::function<void(config::Settings&)>& adjust)
    : settings_(settings()), disk_(clock_, seed), random_(seed) {
  if (adjust) adjust(settings_);
}
SimLake::~SimLake() = default;

Status SimLake::try_open() {
  LAKE_TRY(lake_, server::open(settings_, {disk_, clock_, random_}));
  return ok();
}

void SimLake::open() {
  const auto opened = try_open();
  ASSERT_TRUE(opened) << opened.error().message();
}

Status SimLake::run(const std::string& script) {
  clock_.advance(std::chrono::seconds(1));
  LAKE_TRY(auto session, lake_->sessions().open());
  LAKE_TRY(auto result, session->run_text(script));
  static_cast<void>(result);
  return ok();
}

void SimLake::close() {
  const auto closed = lake_->close();
  EXPECT_TRUE(closed) << closed.error().message();
  lake_.reset();
}

void SimLake::abandon() {
  if (lake_) ignore(lake_->close(std::chrono::milliseconds(0)), "the disk is gone");
  lake_.reset();
}

std::string SimLake::dump() {
  auto session = lake_->sessions().open();
  if (!session) return "no session: " + session.error().message();
  const auto snapshot = lake_->catalog().current();
  std::string text;
  for (const auto& [key, schema] : *snapshot->schemas) text += "schema " + schema.name + "\n";
  for (const auto& [key, id] : *snapshot->table_names) {
    const auto table = snapshot->find(id);
    text += definition_text(*table) + "\n" +
            rows_text(**session, "SELECT * FROM " + quoted(table->schema_name) + "." + quoted(table->name));
    text += "rows " + std::to_string(table->live_rows) + "\n";
  }
  for (const auto* objects : {&*snapshot->views, &*snapshot->macros, &*snapshot->types}) {
    for (const auto& [key, object] : *objects) {
      text += "object " + object->schema_name + "." + object->name + " " + object->sql +
              comment_text(object->comment) + "\n";
    }
  }
  if (const auto tags = lake_->catalog().tags()) {
    for (const auto& tag : *tags) text += "tag " + tag.name + "\n";
  }
  return text;
}

void SimLake::expect_durable() {
  const auto snapshot = lake_->catalog().current();
  for (const auto& [id, table] : snapshot->tables) {
    for (const auto& file : *table->files) {
      const auto durable = disk_.check_durable(os::join_path(kDirectory, file->path));
      EXPECT_TRUE(durable) << table->name << ": a commit names a file that a crash could lose: "
                           << durable.error().message();
    }
  }
}

void SimLake::expect_sound() {
  const auto problems = lake_->catalog().verify();
  ASSERT_TRUE(problems) << problems.error().message();
  for (const auto& problem : *problems) ADD_FAILURE() << problem.where << ": " << problem.what;
  for (const auto& [id, table] : lake_->catalog().current()->tables) {
    for (const auto& file : *table->files) {
      const auto info = disk_.stat(os::join_path(kDirectory, file->path));
      ASSERT_TRUE(info) << info.error().message();
      EXPECT_EQ(info->bytes, file->bytes) << file->path;
    }
  }
}

}  // namespace lake::sim
