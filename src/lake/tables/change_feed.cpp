#include "lake/tables/change_feed.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/parser/keyword_helper.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/subqueryref.hpp"
#include "lake/engine/errors.hpp"
#include "lake/tables/lake_catalog.hpp"
#include "lake/tables/lake_table.hpp"
#include "lake/tables/lake_transaction.hpp"
#include "lake/tables/named_table.hpp"
#include "lake/tables/scan.hpp"
#include "lake/tables/view_scan.hpp"

namespace lake::tables {
namespace {

using catalog::CommitId;
using catalog::FileId;
using codec::RoaringBitmap;

struct FeedInfo : public duckdb::TableFunctionInfo {
  explicit FeedInfo(Lake& the_lake) : lake(the_lake) {}
  Lake& lake;
};

struct FeedRange {
  std::string table;
  CommitId from = 0;  // exclusive
  CommitId to = 0;    // inclusive
};

void require_values(const duckdb::vector<duckdb::Value>& arguments) {
  for (const auto& argument : arguments) {
    if (argument.IsNull()) {
      engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "lake_changes takes no NULL arguments"));
    }
  }
}

/// What the running transaction sees: versions that were committed since do not exist for it.
CommitId newest_seen(duckdb::ClientContext& context, LakeTable& table) {
  return LakeTransaction::get(context, table.lake_catalog()).snapshot()->commit_id;
}

/// Without a third argument the range ends at the newest version.
FeedRange range_of(CommitId newest, const duckdb::vector<duckdb::Value>& arguments) {
  const auto version = [&arguments](duckdb::idx_t index) {
    const auto number = arguments[index].GetValue<std::int64_t>();
    if (number < 0)
      engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument, "a version is never negative"));
    return static_cast<CommitId>(number);
  };
  return {arguments[0].ToString(), version(1), arguments.size() > 2 ? version(2) : newest};
}

void check_range(Lake& lake, const FeedRange& range, CommitId newest) {
  const auto oldest = engine::value_or_throw(lake.catalog.oldest_kept());
  if (range.from > range.to || range.to > newest) {
    engine::throw_as_duckdb(
        Error(ErrorCode::kInvalidArgument,
              "versions of lake_changes must be from <= to <= " + std::to_string(newest)));
  }
  if (range.from < oldest) {
    engine::throw_as_duckdb(Error(ErrorCode::kInvalidArgument,
                                  "changes since version " + std::to_string(range.from) +
                                      " have expired; the oldest version kept is " + std::to_string(oldest)));
  }
}

/// One call of a function of the change feed, bound.
struct FeedCall {
  LakeTable& table;
  FeedRange range;
};

/// Throws kNotFound for a table that was dropped in a version still kept, and says in which. Finds nothing in
/// commits of so many definitions that their text was cut.
void tell_of_drop(Lake& lake, const duckdb::QualifiedName& name) {
  const std::string schema = name.schema.empty() ? DEFAULT_SCHEMA : name.schema;
  const std::string dropped = "; " + catalog::lower_ascii("drop table " + schema + "." + name.name) + "; ";
  const auto oldest = engine::value_or_throw(lake.catalog.oldest_kept());
  const auto commits =
      engine::value_or_throw(lake.catalog.commits(oldest, lake.catalog.current()->commit_id));
  for (auto commit = commits.rbegin(); commit != commits.rend(); ++commit) {
    const std::string changes = "; " + catalog::lower_ascii(commit->changes) + "; ";
    if (changes.find(dropped) == std::string::npos) continue;
    const auto before = std::to_string(commit->commit_id - 1);
    engine::throw_as_duckdb(Error(
        ErrorCode::kNotFound,
        "the table " + schema + "." + name.name + " was dropped in version " +
            std::to_string(commit->commit_id) +
            ", so lake_changes cannot follow it; what it held last is in AT (VERSION => " + before + ")"));
  }
}

LakeTable& feed_table(duckdb::ClientContext& context, Lake& lake, const std::string& text) {
  const auto name = qualified_name(text);
  const auto known = duckdb::Catalog::GetEntry<duckdb::TableCatalogEntry>(
      context, name.catalog, name.schema, name.name, duckdb::OnEntryNotFound::RETURN_NULL);
  if (!known) tell_of_drop(lake, name);
  return named_table(context, text);
}

/// Binds the arguments. A prepared statement is bound anew once the lake has changed.
FeedCall bound_call(duckdb::ClientContext& context, duckdb::TableFunctionBindInput& input) {
  auto& lake = input.info->Cast<FeedInfo>().lake;
  require_values(input.inputs);
  auto& table = feed_table(context, lake, input.inputs[0].ToString());
  const auto newest = newest_seen(context, table);
  FeedCall call{table, range_of(newest, input.inputs)};
  check_range(lake, call.range, newest);
  if (input.binder) {
    auto& properties = input.binder->GetStatementProperties();
    properties.RegisterDBRead(table.ParentCatalog(), context);
    properties.always_require_rebind = true;  // the plan holds the changes of now
  }
  return call;
}

/// What a plan over versions of the past needs while it lives.
struct HeldRange {
  std::shared_ptr<const void> entry;
  std::unique_ptr<catalog::Catalog::Pin> pin;
};

/// The files and segments of a range of versions, reduced to what the range added or removed.
class RangeChanges {
 public:
  RangeChanges(const catalog::TableHistory& history, const FeedRange& range, DecodedSegments& segments)
      : history_(history), range_(range), segments_(segments) {
    for (const auto& record : history.files) {
      if (record.rewritten) rewrites_.insert(record.file.begin);
    }
    for (const auto& record : history.deletes) deletes_[record.file_id].push_back(&record);
    for (auto& [file, records] : deletes_) {
      std::sort(records.begin(), records.end(),
                [](const auto* a, const auto* b) { return a->begin < b->begin; });
    }
  }

  /// Files with rows that the range added; rows deleted by the same commit are hidden.
  TableView added(const TableView& current) const {
    auto view = bare(current);
    auto files = std::make_shared<catalog::FileList>();
    auto hidden = std::make_shared<std::map<FileId, catalog::BitmapPtr>>();
    for (const auto& record : history_.files) {
      if (record.rewritten || !in_range(record.file.begin)) continue;
      files->push_back(std::make_shared<const catalog::DataFile>(record.file));
      if (const auto* birth = birth_deletes(record.file.file_id, record.file.begin)) {
        (*hidden)[record.file.file_id] = birth->bitmap;
      }
    }
    sort_by_id(*files);
    catalog::Table table = *current.table;
    table.segments.clear();
    for (const auto& record : history_.segments) {
      auto seen = record.view;
      std::uint32_t first = 0;
      std::uint32_t end = 0;
      for (const auto& chunk : seen.segment->chunks(0, seen.row_count)) {
        if (chunk.begin <= range_.from) first = chunk.start + chunk.row_count;
        if (chunk.begin <= range_.to) end = chunk.start + chunk.row_count;
      }
      if (first == end) continue;
      seen.row_count = end;
      table.segments.push_back(seen);
      if (first > 0) {
        (*hidden)[seen.segment->file_id] =
            std::make_shared<const RoaringBitmap>(RoaringBitmap::range(0, first));
      }
    }
    view.files = std::move(files);
    view.runs = segments_.runs_of(table);
    view.deletes = std::move(hidden);
    return view;
  }

  /// Calls `visit(file_id, positions, version)` for all rows that the range removed.
  template <class Visit>
  void removed(Visit visit) const {
    for (const auto& record : history_.files) {
      visit_removed(record.file.file_id, record.file.begin, record.rewritten, record.end,
                    record.file.row_count, visit);
    }
    for (const auto& record : history_.segments) {
      visit_removed(record.view.segment->file_id, 0, false, record.end, record.view.row_count, visit);
    }
  }

  /// Files with rows that the range removed; all other rows are hidden.
  TableView removed_rows(const TableView& current) const {
    std::map<FileId, RoaringBitmap> gone;
    removed([&gone](FileId file, const RoaringBitmap& positions, CommitId) { gone[file].unite(positions); });
    auto view = bare(current);
    auto files = std::make_shared<catalog::FileList>();
    auto hidden = std::make_shared<std::map<FileId, catalog::BitmapPtr>>();
    for (const auto& record : history_.files) {
      const auto found = gone.find(record.file.file_id);
      if (found == gone.end()) continue;
      files->push_back(std::make_shared<const catalog::DataFile>(record.file));
      (*hidden)[record.file.file_id] = all_but(found->second, record.file.row_count);
    }
    sort_by_id(*files);
    catalog::Table table = *current.table;
    table.segments.clear();
    for (const auto& record : history_.segments) {
      const auto found = gone.find(record.view.segment->file_id);
      if (found == gone.end()) continue;
      table.segments.push_back(record.view);
      (*hidden)[record.view.segment->file_id] = all_but(found->second, record.view.row_count);
    }
    view.files = std::move(files);
    view.runs = segments_.runs_of(table);
    view.deletes = std::move(hidden);
    return view;
  }

 private:
  [[nodiscard]] bool in_range(CommitId version) const {
    return version > range_.from && version <= range_.to;
  }

  static void sort_by_id(catalog::FileList& files) {
    std::sort(files.begin(), files.end(),
              [](const auto& a, const auto& b) { return a->file_id < b->file_id; });
  }

  static TableView bare(const TableView& current) {
    TableView view;
    view.table = current.table;
    return view;
  }

  static catalog::BitmapPtr all_but(const RoaringBitmap& kept, std::uint64_t row_count) {
    auto rest = RoaringBitmap::range(0, row_count);
    rest.subtract(kept);
    return std::make_shared<const RoaringBitmap>(std::move(rest));
  }

  [[nodiscard]] const catalog::DeleteRecord* birth_deletes(FileId file, CommitId begin) const {
    const auto found = deletes_.find(file);
    if (found == deletes_.end() || found->second.front()->begin != begin) return nullptr;
    return found->second.front();
  }

  template <class Visit>
  void visit_removed(FileId file, CommitId begin, bool rewritten, CommitId end, std::uint64_t row_count,
                     Visit& visit) const {
    RoaringBitmap known;  // deleted before the range, or never shown
    if (const auto found = deletes_.find(file); found != deletes_.end()) {
      for (const auto* record : found->second) {
        if (in_range(record->begin) && record->begin != begin) {
          RoaringBitmap fresh = *record->bitmap;
          fresh.subtract(known);
          if (!fresh.empty()) visit(file, fresh, record->begin);
        }
        if (record->begin <= range_.to) known.unite(*record->bitmap);
      }
    }
    const bool moved = rewrites_.contains(end);
    if (end == 0 || !in_range(end) || moved || (rewritten && begin == end)) return;
    auto rest = RoaringBitmap::range(0, row_count);
    rest.subtract(known);
    if (!rest.empty()) visit(file, rest, end);
  }

  const catalog::TableHistory& history_;
  const FeedRange range_;
  DecodedSegments& segments_;
  std::set<CommitId> rewrites_;  // versions that moved rows without changing them
  std::map<FileId, std::vector<const catalog::DeleteRecord*>> deletes_;
};

enum class Side : std::uint8_t { kAdded, kRemoved };

template <Side side>
duckdb::unique_ptr<duckdb::LogicalOperator> plan_side(duckdb::ClientContext& context,
                                                      duckdb::TableFunctionBindInput& input,
                                                      duckdb::idx_t bind_index,
                                                      duckdb::vector<duckdb::string>& names) {
  auto& lake = input.info->Cast<FeedInfo>().lake;
  const auto [table, range] = bound_call(context, input);
  const auto current = table.view(context);
  auto held = std::make_shared<HeldRange>();
  held->entry = current->entry;
  held->pin = engine::value_or_throw(lake.catalog.pin(range.from));
  const auto history = engine::value_or_throw(lake.catalog.history(table.table_id(), range.from, range.to));
  const RangeChanges changes(history, range, table.lake_catalog().segments());
  auto view = side == Side::kAdded ? changes.added(*current) : changes.removed_rows(*current);
  view.entry = std::move(held);
  for (const auto& file : *view.files) view.live_rows += file->row_count;
  for (const auto& run : view.runs) view.live_rows += run->visible_rows;
  for (const auto& [id, hidden] : *view.deletes)
    view.live_rows -= std::min(view.live_rows, hidden->cardinality());
  return plan_view_scan(context, *input.binder, bind_index, table,
                        std::make_shared<const TableView>(std::move(view)), names);
}

// -- lake_removed_addresses: which version removed which row

struct RemovedAddresses : public duckdb::TableFunctionData {
  std::vector<std::pair<std::int64_t, std::int64_t>> rows;  // address, version
};
struct RemovedPosition : public duckdb::GlobalTableFunctionState {
  std::size_t next = 0;
};

duckdb::unique_ptr<duckdb::FunctionData> bind_removed(duckdb::ClientContext& context,
                                                      duckdb::TableFunctionBindInput& input,
                                                      duckdb::vector<duckdb::LogicalType>& types,
                                                      duckdb::vector<duckdb::string>& names) {
  auto& lake = input.info->Cast<FeedInfo>().lake;
  const auto [table, range] = bound_call(context, input);
  const auto history = engine::value_or_throw(lake.catalog.history(table.table_id(), range.from, range.to));
  auto data = duckdb::make_uniq<RemovedAddresses>();
  RangeChanges(history, range, table.lake_catalog().segments())
      .removed([&data](FileId file, const RoaringBitmap& positions, CommitId version) {
        for (const auto position : positions.members()) {
          data->rows.emplace_back(RowAddress(file, position).value(), static_cast<std::int64_t>(version));
        }
      });
  types = {duckdb::LogicalType::BIGINT, duckdb::LogicalType::BIGINT};
  names = {kAddressColumn, kVersionColumn};
  return data;
}

duckdb::unique_ptr<duckdb::GlobalTableFunctionState> start_removed(
    duckdb::ClientContext& /*context*/, duckdb::TableFunctionInitInput& /*input*/) {
  return duckdb::make_uniq<RemovedPosition>();
}

void give_removed(duckdb::ClientContext& /*context*/, duckdb::TableFunctionInput& input,
                  duckdb::DataChunk& output) {
  const auto& rows = input.bind_data->Cast<RemovedAddresses>().rows;
  auto& next = input.global_state->Cast<RemovedPosition>().next;
  const std::size_t count = std::min<std::size_t>(STANDARD_VECTOR_SIZE, rows.size() - next);
  auto* addresses = duckdb::FlatVector::GetData<std::int64_t>(output.data[0]);
  auto* versions = duckdb::FlatVector::GetData<std::int64_t>(output.data[1]);
  for (std::size_t i = 0; i < count; ++i) {
    addresses[i] = rows[next + i].first;
    versions[i] = rows[next + i].second;
  }
  next += count;
  output.SetCardinality(count);
}

std::string feed_sql(const FeedRange& range, const duckdb::vector<duckdb::string>& columns) {
  const std::string arguments = "(" + duckdb::KeywordHelper::WriteQuoted(range.table, '\'') + ", " +
                                std::to_string(range.from) + "::BIGINT, " + std::to_string(range.to) +
                                "::BIGINT)";
  std::string list;
  for (const auto& column : columns) list += ", c." + duckdb::KeywordHelper::WriteQuoted(column, '"');
  const auto side = [&list](const std::string& alone, const std::string& paired, const std::string& source,
                            const std::string& version, const std::string& other) {
    return "SELECT " + version + "::UBIGINT AS version, CASE WHEN (c.\"lake$row_id\", " + version + ") IN (" +
           other + ") THEN '" + paired + "' ELSE '" + alone +
           "' END AS change_type, c.\"lake$row_id\" AS row_id" + list + " FROM " + source;
  };
  const std::string added = "lake_added_rows" + arguments + " c";
  const std::string removed = "lake_removed_rows" + arguments + " c JOIN lake_removed_addresses" + arguments +
                              " p ON c.\"lake$address\" = p.\"lake$address\"";
  const std::string added_keys = "SELECT c.\"lake$row_id\", c.\"lake$version\" FROM " + added;
  const std::string removed_keys = "SELECT c.\"lake$row_id\", p.\"lake$version\" FROM " + removed;
  return side("insert", "update_postimage", added, "c.\"lake$version\"", removed_keys) + " UNION ALL " +
         side("delete", "update_preimage", removed, "p.\"lake$version\"", added_keys);
}

duckdb::unique_ptr<duckdb::TableRef> expand_feed(duckdb::ClientContext& context,
                                                 duckdb::TableFunctionBindInput& input) {
  const auto [table, range] = bound_call(context, input);
  duckdb::Parser parser(context.GetParserOptions());
  parser.ParseQuery(feed_sql(range, table.GetColumns().GetColumnNames()));
  auto select =
      duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(std::move(parser.statements[0]));
  return duckdb::make_uniq<duckdb::SubqueryRef>(std::move(select), "lake_changes");
}

}  // namespace

void register_change_feed(duckdb::DuckDB& database, Lake& lake) {
  const duckdb::vector<duckdb::LogicalType> arguments = {
      duckdb::LogicalType::VARCHAR, duckdb::LogicalType::BIGINT, duckdb::LogicalType::BIGINT};
  const auto info = duckdb::make_shared_ptr<FeedInfo>(lake);
  duckdb::ExtensionLoader loader(*database.instance, "lake");

  duckdb::TableFunction added("lake_added_rows", arguments, nullptr);
  added.bind_operator = plan_side<Side::kAdded>;
  added.function_info = info;
  loader.RegisterFunction(std::move(added));

  duckdb::TableFunction removed("lake_removed_rows", arguments, nullptr);
  removed.bind_operator = plan_side<Side::kRemoved>;
  removed.function_info = info;
  loader.RegisterFunction(std::move(removed));

  duckdb::TableFunction addresses("lake_removed_addresses", arguments, give_removed, bind_removed,
                                  start_removed);
  addresses.function_info = info;
  loader.RegisterFunction(std::move(addresses));

  duckdb::TableFunctionSet feeds("lake_changes");
  for (const duckdb::idx_t count : {duckdb::idx_t{3}, duckdb::idx_t{2}}) {
    duckdb::TableFunction feed(
        "lake_changes", {arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(count)}, nullptr);
    feed.bind_replace = expand_feed;
    feed.function_info = info;
    feeds.AddFunction(std::move(feed));
  }
  loader.RegisterFunction(std::move(feeds));
}

}  // namespace lake::tables
