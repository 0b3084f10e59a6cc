#include "lake/tables/inline_room.hpp"

#include <utility>

namespace lake::tables {
namespace {

constexpr int kFlushesMax = 3;  // others may fill the table again meanwhile

std::string of_at_most(std::uint64_t used, std::uint64_t bound, const char* unit) {
  return std::to_string(used) + " " + unit + " of at most " + std::to_string(bound);
}

bool reaches(std::uint64_t used, std::uint64_t bound, std::uint64_t percent) {
  return bound != 0 &&
         static_cast<double>(used) * 100 >= static_cast<double>(bound) * static_cast<double>(percent);
}

std::optional<InlineBound> own_bound_reached(const catalog::Table& table, std::int64_t now_micros,
                                             const TableOptions& options, std::uint64_t percent) {
  if (reaches(table.segment_bytes, options.segment_bytes_max, percent)) {
    return InlineBound{"tables.segment_bytes_max",
                       of_at_most(table.segment_bytes, options.segment_bytes_max, "bytes"), false};
  }
  if (reaches(table.segment_chunks, options.segment_count_max, percent)) {
    return InlineBound{"tables.segment_count_max",
                       of_at_most(table.segment_chunks, options.segment_count_max, "commits"), false};
  }
  const std::int64_t age = now_micros - table.segments.front().begin_micros;
  const auto age_bound = static_cast<std::uint64_t>(options.segment_age_max.count());
  if (age > 0 && reaches(static_cast<std::uint64_t>(age), age_bound, percent)) {
    constexpr std::uint64_t kSecond = 1'000'000;
    return InlineBound{"tables.segment_age_max",
                       of_at_most(static_cast<std::uint64_t>(age) / kSecond, age_bound / kSecond, "seconds"),
                       false};
  }
  return std::nullopt;
}

Error no_room(const catalog::Table& table, const InlineBound& bound, const Error& reason) {
  const std::string name = table.schema_name + "." + table.name;
  return Error(ErrorCode::kResourceExhausted,
               "the inline rows of " + (bound.lake_wide ? "all tables together" : "table " + name) +
                   " have reached their bound and could not be flushed to Parquet; "
                   "remove the reason and run CALL lake_flush(" +
                   (bound.lake_wide ? "" : "'" + name + "'") + "), or raise " + bound.setting + ": " +
                   bound.use + "; " + reason.message());
}

}  // namespace

std::optional<InlineBound> inline_bound_reached(const catalog::Snapshot& lake, const catalog::Table& table,
                                                std::int64_t now_micros, const TableOptions& options,
                                                std::uint64_t percent) {
  if (!table.segments.empty()) {
    if (auto bound = own_bound_reached(table, now_micros, options, percent)) return bound;
  }
  const std::uint64_t all = lake.inline_bytes + lake.inline_chunks * catalog::kChunkOverheadBytes;
  if (reaches(all, options.inline_memory_max, percent)) {
    return InlineBound{"memory.segments_percent",
                       of_at_most(all, options.inline_memory_max, "bytes of memory in all tables"), true};
  }
  return std::nullopt;
}

Status make_inline_room(Lake& lake, catalog::TableId id, const std::function<bool()>& cancelled) {
  const os::MonotonicTime begin = lake.clock.monotonic_now();
  const auto late = [&] { return lake.clock.monotonic_now() - begin >= lake.options.flush_wait_max; };
  for (int flushes = 0;; ++flushes) {
    const auto head = lake.catalog.current();
    const auto table = head->find(id);
    if (!table) return ok();  // made by this commit; or dropped, which the commit finds out
    const auto bound = inline_bound_reached(*head, *table, lake.clock.wall_micros(), lake.options, 100);
    if (!bound) return ok();
    Status flushed = Error(ErrorCode::kUnavailable, "upkeep does not run in this process");
    if (flushes == kFlushesMax) {
      flushed = Error(ErrorCode::kUnavailable, "rows come in faster than they are flushed");
    } else if (lake.make_room) {
      lake.metrics.counter("dplake_inline_waits_total", "Commits that waited for a flush of inline rows")
          .add();
      flushed = lake.make_room(bound->lake_wide ? std::nullopt : std::optional(id),
                               [&] { return late() || cancelled(); });
      if (!flushed && cancelled()) return Error(ErrorCode::kCancelled, "cancelled while waiting for a flush");
      if (!flushed && late()) {
        flushed = Error(ErrorCode::kTimeout, "the flush took longer than tables.flush_wait_max");
      }
    }
    if (flushed) continue;
    lake.metrics.counter("dplake_inline_refused_total", "Commits refused because inline rows had no room")
        .add();
    return no_room(*table, *bound, flushed.error());
  }
}

void ask_for_flush(Lake& lake, const catalog::Snapshot& after, catalog::TableId id) {
  if (!lake.wants_flush) return;
  const auto table = after.find(id);
  if (!table) return;
  const auto percent = lake.options.flush_percent;
  if (inline_bound_reached(after, *table, lake.clock.wall_micros(), lake.options, percent))
    lake.wants_flush(id);
}

}  // namespace lake::tables
