#include "lake/http/validation_routes.hpp"

#include <nlohmann/json.hpp>

#include "lake/codec/json_nesting.hpp"
#include "lake/http/json_answer.hpp"
#include "lake/ingest/checked_import.hpp"
#include "lake/ingest/rule_store.hpp"

namespace lake::http {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kRecordsMax = 100'000;

Answer fail(const Error& error, const Request& request) { return answer_of({error, 0, {}}, request.id); }

Error refused(const std::string& why) { return {ErrorCode::kInvalidArgument, why}; }

Json set_json(const validate::RuleSet& set) { return Json::parse(json_of(set), nullptr, false); }

Answer get_rules(Door& /*door*/, const Request& /*request*/) {
  Json kinds = Json::array();
  for (const auto& info : validate::all_rule_kinds()) {
    kinds.push_back(
        {{"kind", info.name}, {"category", info.category}, {"takes", info.takes}, {"summary", info.summary}});
  }
  Json formats = Json::array();
  for (const auto& format : validate::all_formats()) formats.push_back(format);
  return json_answer({{"rules", std::move(kinds)},
                      {"formats", std::move(formats)},
                      {"levels", {"strict", "lenient", "audit"}},
                      {"severities", {"error", "warning", "note"}}});
}

Result<Json> all_sets(Door& door) {
  LAKE_TRY(const auto session, door.services.sessions.open());
  LAKE_TRY(const auto sets, ingest::RuleStore(*session).list());
  Json list = Json::array();
  for (const auto& set : sets) list.push_back(set_json(set));
  return list;
}

void get_sets(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  auto sets = all_sets(door);
  const char* member = request.path.ends_with("/schemas") ? "schemas" : "sets";
  pipe.answer(sets ? json_answer({{member, std::move(*sets)}}) : fail(sets.error(), request));
}

void get_set(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  auto session = door.services.sessions.open();
  if (!session) return pipe.answer(fail(session.error(), request));
  const auto set = ingest::RuleStore(**session).find(request.path_parts.at("name"));
  pipe.answer(set ? json_answer(set_json(*set)) : fail(set.error(), request));
}

Result<validate::RuleSet> put_one(Door& door, const Request& request) {
  LAKE_TRY(auto set, validate::parse_rule_set(request.body));
  if (set.name != request.path_parts.at("name"))
    return refused("the set is called '" + set.name + "', and the path names another");
  LAKE_TRY(const auto session, door.services.sessions.open());
  LAKE_CHECK_OK(ingest::RuleStore(*session).put(set));
  return set;
}

void put_set(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  const auto set = put_one(door, request);
  pipe.answer(set ? json_answer(set_json(*set)) : fail(set.error(), request));
}

void delete_set(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  auto session = door.services.sessions.open();
  if (!session) return pipe.answer(fail(session.error(), request));
  const auto& name = request.path_parts.at("name");
  const auto removed = ingest::RuleStore(**session).remove(name);
  pipe.answer(removed ? json_answer({{"removed", name}}) : fail(removed.error(), request));
}

/// The rules of "schema_name", of a set given as "schema", or both put together.
Result<validate::ResolvedRules> rules_of(query::Session& session, const Json& body) {
  ingest::RuleStore store(session);
  const auto name = body.find("schema_name");
  const auto schema = body.find("schema");
  if ((name == body.end()) == (schema == body.end()))
    return refused("one of schema_name and schema says the rules");
  if (name != body.end() && !name->is_string()) return refused("schema_name is a text");
  if (name != body.end()) return store.resolve(name->get<std::string>());
  LAKE_TRY(const auto set,
           validate::parse_rule_set(schema->dump(-1, ' ', false, Json::error_handler_t::replace)));
  return validate::resolve(set, [&](const std::string& parent) { return store.find(parent); });
}

Result<std::string> check(Door& door, const Request& request) {
  if (codec::is_nested_too_deep(request.body))
    return refused("the body has too many levels inside each other");
  const Json body = Json::parse(request.body, nullptr, false);
  if (!body.is_object()) return refused("the body is no JSON object");
  for (const auto& [key, value] : body.items()) {
    if (key != "data" && key != "schema_name" && key != "schema" && key != "strict_mode" && key != "level")
      return refused("there is no option " + key);
  }
  const auto data = body.find("data");
  if (data == body.end()) return refused("data is a record or a list of records");
  LAKE_TRY(const auto session, door.services.sessions.open());
  LAKE_TRY(auto rules, rules_of(*session, body));
  if (const auto mode = body.find("strict_mode"); mode != body.end()) {
    if (!mode->is_boolean()) return refused("strict_mode is true or false");
    rules.level = mode->get<bool>() ? validate::Level::kStrict : validate::Level::kLenient;
  }
  if (const auto level = body.find("level"); level != body.end()) {
    LAKE_TRY(rules.level, validate::level_named(level->is_string() ? level->get<std::string>() : ""));
  }
  const Json records = data->is_array() ? *data : Json::array({*data});
  if (records.size() > kRecordsMax)
    return Error(ErrorCode::kResourceExhausted,
                 "more than 100000 records; POST /api/v1/ingestion/file takes more");
  std::vector<std::string> texts;
  for (const auto& record : records)
    texts.push_back(record.dump(-1, ' ', false, Json::error_handler_t::replace));
  LAKE_TRY(const auto report, ingest::check_records(*session, texts, rules, true));
  return json_of(report);
}

void post_validate(Door& door, const Request& request, RunningQuery& /*query*/, BodyPipe& pipe) {
  const auto report = check(door, request);
  if (!report) return pipe.answer(fail(report.error(), request));
  Answer answer;
  answer.body = *report + "\n";
  pipe.answer(std::move(answer));
}

}  // namespace

std::span<const Route> validation_routes() {
  static constexpr Route kRoutes[] = {
      {"GET", "/api/v1/validation/rules", Guard::kToken, get_rules, nullptr, "The kinds of rules there are"},
      {"GET", "/api/v1/validation/sets", Guard::kToken, nullptr, get_sets, "Rule sets"},
      {"GET", "/api/v1/validation/sets/{name}", Guard::kToken, nullptr, get_set, "One rule set"},
      {"PUT", "/api/v1/validation/sets/{name}", Guard::kToken, nullptr, put_set, "Store a rule set"},
      {"DELETE", "/api/v1/validation/sets/{name}", Guard::kToken, nullptr, delete_set, "Remove a rule set"},
      {"GET", "/api/v1/processing/schemas", Guard::kToken, nullptr, get_sets,
       "Rule sets, as schemas of records"},
      {"POST", "/api/v1/processing/validate", Guard::kToken, nullptr, post_validate,
       "Look at records: {data, schema_name|schema, strict_mode|level} -> is_valid, errors, warnings, "
       "metadata"},
  };
  return kRoutes;
}

}  // namespace lake::http
