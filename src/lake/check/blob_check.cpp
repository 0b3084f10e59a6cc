#include "lake/check/blob_check.hpp"

namespace lake::check {

namespace {

std::string where_of(const blobs::PlacedContent& content) {
  if (!content.place) return "blobs/" + object::object_name_of(content.sums.name());
  return content.place->path + " from byte " + std::to_string(content.place->offset) + " on";
}

}  // namespace

Status check_blobs(blobs::BlobStore& blobs, Report& report) {
  LAKE_TRY(const auto looked, blobs.look([](std::uint64_t) { return ok(); }));
  report.content_count = looked.contents;
  for (const auto& each : looked.damaged)
    report.findings.push_back({Finding::Weight::kProblem, where_of(each), each.damage});
  if (looked.damaged_count > looked.damaged.size())
    report.findings.push_back(
        {Finding::Weight::kProblem, "blobs",
         std::to_string(looked.damaged_count - looked.damaged.size()) + " more contents are damaged"});
  LAKE_TRY(const auto lost, blobs.lost());
  for (const auto& name : lost)
    report.findings.push_back({Finding::Weight::kProblem, "blob " + name.bucket + "/" + name.key,
                               "nothing is known of where its bytes are"});
  LAKE_TRY(const auto unknown, blobs.unknown_objects());
  for (const auto& name : unknown)
    report.findings.push_back({Finding::Weight::kNote, "blobs/" + name,
                               "no blob needs this file; it is removed after its grace period"});
  return ok();
}

}  // namespace lake::check
