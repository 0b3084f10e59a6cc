#include "lake/ingest/takeout_report_text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lake::ingest {

namespace {

using Json = nlohmann::ordered_json;

Json change_json(const TakeoutWorkerChange& change) {
  return {{"at_micros", change.at_micros},
          {"before", change.before},
          {"workers", change.workers},
          {"reason", change.reason}};
}

Json line_json(const TakeoutReportLine& line) {
  return {{"product", line.product},      {"kind", line.kind},
          {"state", line.state},          {"entries", line.entries},
          {"bytes", line.bytes},          {"elements", line.elements},
          {"rejected", line.rejected},    {"rows_new", line.rows_new},
          {"rows_dup", line.rows_dup},    {"rows_updated", line.rows_updated},
          {"rows_older", line.rows_older}};
}

}  // namespace

namespace {

/// `whole_without_blobs`: parts that lack nothing but blobs count as complete.
std::string_view status_of_parts(const TakeoutReport& report, bool whole_without_blobs) {
  const auto in = [&](std::string_view state) {
    return std::count_if(report.parts.begin(), report.parts.end(), [&](const auto& part) {
      return part.state == state && !(whole_without_blobs && part.lacks_blobs);
    });
  };
  const auto failed = in("failed");
  if (failed > 0 && static_cast<std::size_t>(failed) == report.parts.size()) return "failed";
  return failed > 0 || in("partial") > 0 || !report.all_hold() ? "partial" : "complete";
}

}  // namespace

std::string_view status_of(const TakeoutReport& report) { return status_of_parts(report, false); }

bool is_known(const TakeoutReport& report) {
  return !report.parts.empty() && std::all_of(report.parts.begin(), report.parts.end(),
                                              [](const auto& part) { return part.state == "known"; });
}

std::string iso_time(std::int64_t micros) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(micros / 1'000'000)));
}

std::string report_text(const TakeoutReport& report, std::int64_t now_micros) {
  Json parts = Json::array();
  for (const auto& part : report.parts) {
    parts.push_back({{"path", part.path},
                     {"kind", part.kind},
                     {"state", part.state},
                     {"entries", part.entries},
                     {"reason", part.reason}});
  }
  Json lines = Json::array();
  for (const auto& line : report.lines) lines.push_back(line_json(line));
  Json invariants = Json::array();
  for (const auto& each : report.invariants)
    invariants.push_back({{"what", each.what}, {"holds", each.holds}, {"found", each.found}});
  // One transaction stores all of a batch, so what holds of one store holds of the others; only bytes that
  // had to be copied may have been refused.
  const Json store = {{"status", status_of_parts(report, true)}};
  Json blobs = {{"status", report.blob_failure.empty() ? status_of_parts(report, true) : "partial"}};
  if (!report.blob_failure.empty()) blobs["reason"] = report.blob_failure;
  Json changes = Json::array();
  for (const auto& change : report.worker_changes) changes.push_back(change_json(change));
  Json text = {{"status", status_of(report)},
               {"cached", is_known(report)},
               {"processed_at", iso_time(now_micros)},
               {"import_id", report.import_id},
               {"parts", std::move(parts)},
               {"lines", std::move(lines)},
               {"rejects", report.rejects},
               {"unknown_members", report.unknown_members},
               {"notes", report.notes},
               {"invariants", std::move(invariants)},
               {"worker_changes", std::move(changes)},
               {"stores",
                {{"vectors", {{"status", "unsupported"}, {"reason", kNoVectors}}},
                 {"timeseries", store},
                 {"spatial", store},
                 {"blobs", std::move(blobs)}}}};
  if (!report.trace_id.empty()) text["trace_id"] = report.trace_id;
  return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lake::ingest
