#include "lake/validate/report.hpp"

#include <nlohmann/json.hpp>

namespace lake::validate {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json document_of(const Violation& violation) {
  Json json = {{"position", violation.position}, {"rule", violation.rule}};
  json["severity"] = name_of(violation.severity);
  json["category"] = violation.category;
  json["path"] = violation.path;
  json["message"] = violation.message;
  json["suggestion"] = violation.suggestion;
  return json;
}

}  // namespace

std::uint64_t Report::total() const {
  std::uint64_t sum = 0;
  for (const auto& [rule, count] : counts) sum += count;
  return sum;
}

std::string json_of(const Report& report) {
  Json errors = Json::array();
  Json warnings = Json::array();
  for (const auto& violation : report.violations) {
    if (violation.severity == Severity::kError) errors.push_back(document_of(violation));
    if (violation.severity == Severity::kWarning) warnings.push_back(document_of(violation));
  }
  Json counts = Json::object();
  for (const auto& [rule, count] : report.counts) counts[rule] = count;
  return text_of({{"is_valid", report.is_valid()},
                  {"errors", std::move(errors)},
                  {"warnings", std::move(warnings)},
                  {"metadata",
                   {{"rule_set", report.rule_set},
                    {"level", name_of(report.level)},
                    {"records", report.records},
                    {"valid", report.records - report.refused},
                    {"refused", report.refused},
                    {"violations", report.total()},
                    {"is_cut", report.is_cut()},
                    {"counts", std::move(counts)}}}});
}

}  // namespace lake::validate
