#include "lake/ingest/takeout_ledger.hpp"

#include <algorithm>
#include <charconv>

#include "lake/archive/container.hpp"
#include "lake/archive/entry_name.hpp"
#include "lake/blobs/blob_tables.hpp"
#include "lake/codec/hash.hpp"
#include "lake/ingest/sql_text.hpp"
#include "lake/takeout/product.hpp"

namespace lake::ingest {
namespace {

using takeout::ColumnSpec;
using takeout::ColumnType;
using takeout::EntryState;
using takeout::TableSpec;

constexpr int kAttemptsMax = 10;

constexpr ColumnSpec kRunColumns[] = {{"import_id", ColumnType::kInt64},
                                      {"started_us", ColumnType::kInt64},
                                      {"ended_us", ColumnType::kInt64},
                                      {"state", ColumnType::kText},
                                      {"paths", ColumnType::kTextList}};
constexpr std::string_view kRunKey[] = {"import_id"};
constexpr TableSpec kRun{.name = "import_run", .columns = kRunColumns, .key = kRunKey};

constexpr ColumnSpec kPartColumns[] = {{"part_id", ColumnType::kInt64},
                                       {"import_id", ColumnType::kInt64},
                                       {"path", ColumnType::kText},
                                       {"name", ColumnType::kText},
                                       {"kind", ColumnType::kText},
                                       {"bytes", ColumnType::kInt64},
                                       {"directory_digest", ColumnType::kUint64},
                                       {"modified_us", ColumnType::kInt64},
                                       {"export_id", ColumnType::kText},
                                       {"export_us", ColumnType::kInt64},
                                       {"part_number", ColumnType::kInt64},
                                       {"entry_count", ColumnType::kInt64},
                                       {"content_bytes", ColumnType::kInt64},
                                       {"state", ColumnType::kText},
                                       {"reason", ColumnType::kText}};
constexpr std::string_view kPartKey[] = {"part_id"};
constexpr TableSpec kPart{.name = "import_part", .columns = kPartColumns, .key = kPartKey};

constexpr ColumnSpec kEntryColumns[] = {{"entry_id", ColumnType::kInt64},
                                        {"part_id", ColumnType::kInt64},
                                        {"import_id", ColumnType::kInt64},
                                        {"entry_index", ColumnType::kInt64},
                                        {"name", ColumnType::kText},
                                        {"entry_kind", ColumnType::kText},
                                        {"bytes", ColumnType::kInt64},
                                        {"stored_bytes", ColumnType::kInt64},
                                        {"stored_offset", ColumnType::kInt64},
                                        {"method", ColumnType::kInt32},
                                        {"is_verbatim", ColumnType::kBool},
                                        {"crc32", ColumnType::kInt64},
                                        {"content_hash", ColumnType::kUint64},
                                        {"product", ColumnType::kText},
                                        {"classified_as", ColumnType::kText},
                                        {"classified_by", ColumnType::kText},
                                        {"parser_version", ColumnType::kInt32},
                                        {"state", ColumnType::kText},
                                        {"elements", ColumnType::kInt64},
                                        {"elements_rejected", ColumnType::kInt64},
                                        {"elements_repaired", ColumnType::kInt64},
                                        {"rows_parsed", ColumnType::kInt64},
                                        {"rows_new", ColumnType::kInt64},
                                        {"rows_dup", ColumnType::kInt64},
                                        {"rows_updated", ColumnType::kInt64},
                                        {"rows_older", ColumnType::kInt64},
                                        {"bytes_unparsed", ColumnType::kInt64},
                                        {"next_offset", ColumnType::kInt64},
                                        {"reason", ColumnType::kText},
                                        {"took_ms", ColumnType::kInt64},
                                        {"blob", ColumnType::kText}};
constexpr std::string_view kEntryKey[] = {"entry_id"};
constexpr TableSpec kEntry{.name = "import_entry", .columns = kEntryColumns, .key = kEntryKey};

constexpr ColumnSpec kRejectColumns[] = {
    {"entry_id", ColumnType::kInt64}, {"byte_offset", ColumnType::kInt64}, {"byte_count", ColumnType::kInt64},
    {"reason", ColumnType::kText},    {"detail", ColumnType::kText},       {"bytes", ColumnType::kBytes}};
constexpr std::string_view kRejectKey[] = {"entry_id", "byte_offset"};
/// Holds bytes of any product, of sensitive ones too.
constexpr TableSpec kReject{
    .name = "import_reject", .columns = kRejectColumns, .key = kRejectKey, .is_sensitive = true};

constexpr ColumnSpec kDriftColumns[] = {{"import_id", ColumnType::kInt64},
                                        {"table_name", ColumnType::kText},
                                        {"key", ColumnType::kText},
                                        {"count", ColumnType::kInt64},
                                        {"first_entry_id", ColumnType::kInt64}};
constexpr std::string_view kDriftKey[] = {"import_id", "table_name", "key"};
constexpr TableSpec kDrift{.name = "schema_drift", .columns = kDriftColumns, .key = kDriftKey};

codec::ColumnBatch batch_for(const TableSpec& spec) {
  std::vector<ColumnType> types;
  for (const auto& column : spec.columns) types.push_back(column.type);
  return codec::ColumnBatch(types);
}

Status as_status(const Result<query::Session::TextResult>& result) {
  return result ? ok() : Status(result.error());
}

std::int64_t signed_of(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::optional<std::int64_t> signed_of(const std::optional<std::uint64_t>& value) {
  return value ? std::optional(signed_of(*value)) : std::nullopt;
}

std::optional<std::uint64_t> number_of(const std::optional<std::string>& text) {
  std::uint64_t value = 0;
  if (!text) return std::nullopt;
  std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

std::int64_t integer_of(const std::optional<std::string>& text) {
  std::int64_t value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

/// Errors of the machine name files, whose names may be any bytes.
void put_reason(takeout::Row& row, std::size_t column, const std::string& reason) {
  row.text(column, archive::decode_utf8_name(reason).text);
}

void add_part(const PartRecord& part, std::int64_t import_id, codec::ColumnBatch& batch) {
  takeout::Row row(batch, kPart);
  row.integer(kPart.at("part_id"), part.part_id);
  row.integer(kPart.at("import_id"), import_id);
  row.text(kPart.at("path"), part.path);
  row.text(kPart.at("name"), part.name);
  row.text(kPart.at("kind"), part.kind);
  row.integer(kPart.at("bytes"), signed_of(part.bytes));
  if (part.directory_digest)
    batch.column(kPart.at("directory_digest")).append_unsigned(*part.directory_digest);
  row.integer(kPart.at("modified_us"), part.modified_us);
  row.text(kPart.at("export_id"), part.export_id);
  row.integer(kPart.at("export_us"), part.export_us);
  row.integer(kPart.at("part_number"), part.part_number);
  row.integer(kPart.at("entry_count"), signed_of(part.entry_count));
  row.integer(kPart.at("content_bytes"), signed_of(part.content_bytes));
  row.text(kPart.at("state"), part.state);
  put_reason(row, kPart.at("reason"), part.reason);
  batch.end_row();
}

void add_content(const EntryRecord& entry, takeout::Row& row, codec::ColumnBatch& batch) {
  row.text(kEntry.at("name"), entry.name);
  row.text(kEntry.at("entry_kind"), entry.entry_kind);
  row.integer(kEntry.at("bytes"), signed_of(entry.bytes));
  row.integer(kEntry.at("stored_bytes"), signed_of(entry.stored_bytes));
  row.integer(kEntry.at("stored_offset"), signed_of(entry.stored_offset));
  row.integer(kEntry.at("method"), entry.method);
  row.flag(kEntry.at("is_verbatim"), entry.is_verbatim);
  if (entry.crc32) row.integer(kEntry.at("crc32"), *entry.crc32);
  if (entry.content_hash) batch.column(kEntry.at("content_hash")).append_unsigned(*entry.content_hash);
}

void add_entry(const EntryRecord& entry, const RowOutcome& rows, std::int64_t import_id,
               codec::ColumnBatch& batch) {
  takeout::Row row(batch, kEntry);
  row.integer(kEntry.at("entry_id"), entry.entry_id);
  row.integer(kEntry.at("part_id"), entry.part_id);
  row.integer(kEntry.at("import_id"), import_id);
  row.integer(kEntry.at("entry_index"), signed_of(entry.entry_index));
  add_content(entry, row, batch);
  row.text(kEntry.at("product"), entry.product);
  row.text(kEntry.at("classified_as"), entry.classified_as);
  row.text(kEntry.at("classified_by"), entry.classified_by);
  row.integer(kEntry.at("parser_version"), static_cast<std::int64_t>(entry.parser_version));
  row.text(kEntry.at("state"), takeout::name_of(entry.state));
  row.integer(kEntry.at("elements"), signed_of(entry.counts.elements));
  row.integer(kEntry.at("elements_rejected"), signed_of(entry.counts.rejected));
  row.integer(kEntry.at("elements_repaired"), signed_of(entry.counts.repaired));
  row.integer(kEntry.at("rows_parsed"), signed_of(entry.counts.rows));
  row.integer(kEntry.at("rows_new"), signed_of(rows.added));
  row.integer(kEntry.at("rows_dup"), signed_of(rows.duplicate));
  row.integer(kEntry.at("rows_updated"), signed_of(rows.updated));
  row.integer(kEntry.at("rows_older"), signed_of(rows.older));
  row.integer(kEntry.at("bytes_unparsed"), signed_of(entry.bytes_unparsed));
  row.integer(kEntry.at("next_offset"), signed_of(entry.counts.next_offset));
  put_reason(row, kEntry.at("reason"), entry.reason);
  row.integer(kEntry.at("took_ms"), entry.took_ms);
  if (entry.blob) row.text(kEntry.at("blob"), entry.blob->sums.name());
  batch.end_row();
}

codec::ColumnBatch rows_of(const std::vector<takeout::Reject>& rejects) {
  auto batch = batch_for(kReject);
  for (const auto& reject : rejects) {
    takeout::Row row(batch, kReject);
    row.integer(kReject.at("entry_id"), reject.entry_id);
    row.integer(kReject.at("byte_offset"), signed_of(reject.place.offset));
    row.integer(kReject.at("byte_count"), signed_of(reject.place.bytes));
    row.text(kReject.at("reason"), reject.reason);
    row.text(kReject.at("detail"), reject.detail);
    row.text(kReject.at("bytes"), reject.bytes);
    batch.end_row();
  }
  return batch;
}

bool holds(const std::vector<EntryRecord*>& entries, std::int64_t entry_id) {
  return std::any_of(entries.begin(), entries.end(),
                     [entry_id](const EntryRecord* entry) { return entry->entry_id == entry_id; });
}

std::uint64_t content_key(const std::string& name, std::uint64_t bytes, std::uint64_t content_hash) {
  return codec::xxh3_64(name + '\0' + std::to_string(bytes) + '\0' + std::to_string(content_hash));
}

/// The condition of parts that were this one when they were imported. Folders may change, and are none.
std::string same_part(const PartRecord& part) {
  const auto same = "bytes = " + std::to_string(part.bytes);
  if (part.directory_digest)
    return same + " AND directory_digest = " + std::to_string(*part.directory_digest) + "::UBIGINT";
  return same + " AND path = " + quoted_text(part.path) +
         " AND modified_us = " + std::to_string(part.modified_us) + " AND kind = " + quoted_text(part.kind) +
         " AND kind <> 'folder'";
}

/// The condition of entries that a part given again is read for. Content that was whole gives the same again
/// whatever its state, unless its parser is another one now.
std::string read_again(bool replay) {
  std::string again =
      "((content_hash IS NULL AND state IN ('partial', 'crc_mismatch') AND NOT starts_with(reason, " +
      quoted_text(kNotKept) + "))";
  for (const auto* product : takeout::products()) {
    again += " OR (parser_version < " + std::to_string(product->version) +
             " AND classified_as = " + quoted_text(product->name) + ")";
  }
  return again + (replay ? " OR elements_rejected > 0)" : ")");
}

PartRecord part_of(const std::vector<std::optional<std::string>>& row) {
  PartRecord part;
  part.part_id = integer_of(row[0]);
  part.path = row[1].value_or("");
  part.state = row[2].value_or("");
  part.export_us = integer_of(row[3]);
  part.reason = row[4].value_or("");
  return part;
}

}  // namespace

Status TakeoutLedger::in_transaction(const std::function<Status()>& work, const telemetry::Tracing& tracing) {
  for (int attempt = 1;; ++attempt) {
    LAKE_CHECK_OK(session_.run_text("BEGIN"));
    auto done = work();
    if (done) {
      auto span = tracing.begin("takeout.store_commit");
      if (const auto committed = session_.run_text("COMMIT"); !committed) done = committed.error();
      if (!done) span.set_failed();
    } else {
      ignore(session_.run_text("ROLLBACK"), "the first error is the one to tell");
    }
    if (done) {
      tables_.committed();
      return ok();
    }
    tables_.rolled_back();
    if (done.error().code() != ErrorCode::kConflict || attempt == kAttemptsMax) return done;
  }
}

Result<std::int64_t> TakeoutLedger::largest(const std::string& column, const std::string& table) {
  LAKE_TRY(const auto found,
           session_.run_text("SELECT coalesce(max(" + column + "), 0) FROM takeout." + table));
  return integer_of(found.rows.at(0).at(0));
}

Status TakeoutLedger::open(const std::vector<std::string>& paths, std::int64_t now_us) {
  const auto begun = in_transaction([&]() -> Status {
    for (const auto* spec : {&kRun, &kPart, &kEntry, &kReject, &kDrift})
      LAKE_CHECK_OK(tables_.ensure_plain(*spec));
    LAKE_CHECK_OK(prepare_blobs());
    // One import at a time: what still says so was killed.
    LAKE_CHECK_OK(
        session_.run_text("UPDATE takeout.import_run SET state = 'interrupted' WHERE state = 'running'"));
    LAKE_TRY(import_id_, largest("import_id", "import_run"));
    LAKE_TRY(next_part_id_, largest("part_id", "import_part"));
    LAKE_TRY(next_entry_id_, largest("entry_id", "import_entry"));
    ++import_id_;
    ++next_part_id_;
    ++next_entry_id_;
    auto run = batch_for(kRun);
    takeout::Row row(run, kRun);
    row.integer(kRun.at("import_id"), import_id_);
    row.integer(kRun.at("started_us"), now_us);
    row.text(kRun.at("state"), "running");
    const std::vector<std::string_view> views(paths.begin(), paths.end());
    row.texts(kRun.at("paths"), views);
    run.end_row();
    return tables_.append(kRun, run);
  });
  LAKE_CHECK_OK(begun);
  ignore(blobs::BlobTables(session_).ensure_view(), "blob_store.blobs is there all the same");
  return read_known_contents();
}

Status TakeoutLedger::read_known_contents() {
  LAKE_TRY(
      const auto stream,
      session_.run(
          "SELECT name, bytes, content_hash FROM takeout.import_entry WHERE content_hash IS NOT NULL AND "
          "state IN ('typed', 'generic', 'blob_only', 'sidecar_joined', 'sidecar_pending')",
          {}, {}));
  while (true) {
    LAKE_TRY(const auto batch, stream->next());
    if (!batch) return ok();
    for (std::uint64_t row = 0; row < batch->row_count(); ++row) {
      const auto bytes = number_of(batch->text(1, row)).value_or(0);
      known_contents_.insert(
          content_key(batch->text(0, row), bytes, number_of(batch->text(2, row)).value_or(0)));
    }
  }
}

bool TakeoutLedger::is_known_content(const EntryRecord& entry) {
  if (!entry.content_hash || !entry.bytes) return false;
  return !known_contents_.insert(content_key(entry.name, *entry.bytes, *entry.content_hash)).second;
}

Result<EntryNames> TakeoutLedger::forget_guessed_times(const PartRecord& part, archive::Container& container,
                                                       const ProductSelection& wanted,
                                                       const std::function<Status()>& go_on) {
  const bool is_folder = part.kind == archive::name_of(archive::ContainerKind::kFolder);
  const auto parts = is_folder ? "kind = 'folder' AND path = " + quoted_text(part.path) : same_part(part);
  LAKE_TRY(const auto guessed, entries_with_guessed_times(session_, parts, wanted));
  if (guessed.empty()) return EntryNames();
  LAKE_TRY(auto looked, look_through(container, guessed, go_on));
  const auto forgotten = in_transaction([&]() -> Status {
    LAKE_TRY(const auto removed, remove_guessed_times(session_, parts, looked.whole));
    for (const auto& [entry_id, rows] : removed) LAKE_CHECK_OK(give_way(entry_id, rows));
    return ok();
  });
  LAKE_CHECK_OK(forgotten);
  return std::move(looked.broken);
}

Result<std::optional<KnownPart>> TakeoutLedger::find(const PartRecord& part, bool replay) {
  const auto same = same_part(part);
  LAKE_TRY(
      const auto found,
      session_.run_text("SELECT part_id, path, state, export_us, reason FROM takeout.import_part WHERE " +
                        same + " AND state <> 'failed' ORDER BY part_id DESC LIMIT 1"));
  if (found.rows.empty()) return std::optional<KnownPart>();
  KnownPart known;
  known.part = part_of(found.rows[0]);
  if (known.part.state != "reading") LAKE_CHECK_OK(reopen(known.part, part, replay));
  if (known.part.state == "reading") LAKE_CHECK_OK(read_entries(known));
  return std::optional<KnownPart>(std::move(known));
}

Status TakeoutLedger::reopen(PartRecord& known, const PartRecord& given, bool replay) {
  const auto of_part = " WHERE part_id = " + std::to_string(known.part_id);
  const auto again = of_part + " AND " + read_again(replay);
  std::vector<std::uint64_t> contents;
  const auto reopened = in_transaction([&]() -> Status {
    LAKE_TRY(const auto entries,
             session_.run_text("SELECT name, bytes, content_hash FROM takeout.import_entry" + again));
    // What the blob store failed goes on where it was.
    LAKE_TRY(
        const auto resumed,
        session_.run_text("UPDATE takeout.import_entry SET state = 'reading', reason = ''" + of_part +
                          " AND state = 'partial' AND starts_with(reason, " + quoted_text(kNotKept) + ")"));
    // Entries that were left out have no rows; others keep their number, which their rows have.
    LAKE_TRY(const auto left_out, session_.run_text("DELETE FROM takeout.import_entry" + of_part +
                                                    " AND state = 'rejected_by_user'"));
    if (entries.rows.empty() && left_out.changed_rows + resumed.changed_rows == 0 && known.state != "partial")
      return ok();
    contents.clear();
    for (const auto& row : entries.rows)
      contents.push_back(
          content_key(row[0].value_or(""), number_of(row[1]).value_or(0), number_of(row[2]).value_or(0)));
    LAKE_CHECK_OK(
        session_.run_text("DELETE FROM takeout.import_reject WHERE entry_id IN (SELECT entry_id FROM "
                          "takeout.import_entry" +
                          again + ")"));
    LAKE_CHECK_OK(session_.run_text(
        "UPDATE takeout.import_entry SET state = 'reading', elements = 0, elements_rejected = 0, "
        "elements_repaired = 0, rows_parsed = 0, rows_new = 0, rows_dup = 0, rows_updated = 0, rows_older = "
        "0, next_offset = 0" +
        again));
    LAKE_CHECK_OK(session_.run_text("UPDATE takeout.import_part SET state = 'reading', path = " +
                                    quoted_text(given.path) + ", name = " + quoted_text(given.name) +
                                    ", modified_us = " + std::to_string(given.modified_us) + of_part));
    return ok();
  });
  LAKE_CHECK_OK(reopened);
  LAKE_TRY(const auto state, session_.run_text("SELECT state FROM takeout.import_part" + of_part));
  known.state = state.rows.at(0).at(0).value_or("");
  for (const auto content : contents) known_contents_.erase(content);  // no copies of themselves
  return ok();
}

Result<std::vector<std::string>> TakeoutLedger::replayed_paths() {
  LAKE_TRY(
      const auto found,
      session_.run_text("SELECT path FROM takeout.import_part WHERE kind <> 'folder' AND state IN "
                        "('complete', 'partial') AND part_id IN (SELECT part_id FROM takeout.import_entry "
                        "WHERE " +
                        read_again(true) + ") ORDER BY part_id"));
  std::vector<std::string> paths;
  for (const auto& row : found.rows) paths.push_back(row[0].value_or(""));
  return paths;
}

Status TakeoutLedger::read_entries(KnownPart& known) {
  LAKE_TRY(const auto found,
           session_.run_text("SELECT entry_index, state, entry_id, next_offset, elements, elements_rejected, "
                             "elements_repaired, rows_parsed, rows_new, rows_dup, rows_updated, rows_older, "
                             "content_hash IS NULL AND state IN ('partial', 'crc_mismatch') FROM "
                             "takeout.import_entry WHERE part_id = " +
                             std::to_string(known.part.part_id)));
  for (const auto& row : found.rows) {
    const auto index = number_of(row[0]).value_or(0);
    known.rows += number_of(row[7]).value_or(0);
    if (row[1] != "reading") {
      if (known.done.size() <= index) known.done.resize(index + 1);
      known.done[index] = true;
      if (row[12] == "true") ++known.damaged;
      continue;
    }
    auto& entry = known.reading[index];
    entry.entry_index = index;
    entry.entry_id = integer_of(row[2]);
    entry.counts.next_offset = number_of(row[3]).value_or(0);
    entry.counts.elements = number_of(row[4]).value_or(0);
    entry.counts.rejected = number_of(row[5]).value_or(0);
    entry.counts.repaired = number_of(row[6]).value_or(0);
    entry.counts.rows = number_of(row[7]).value_or(0);
    entry.rows = {number_of(row[8]).value_or(0), number_of(row[9]).value_or(0),
                  number_of(row[10]).value_or(0), number_of(row[11]).value_or(0)};
    stored_reading_.push_back(entry.entry_id);
  }
  return ok();
}

Status TakeoutLedger::begin_part(PartRecord& part) {
  part.part_id = next_part_id_++;
  return in_transaction([&]() -> Status {
    LAKE_CHECK_OK(close_interrupted(part.path));
    auto batch = batch_for(kPart);
    add_part(part, import_id_, batch);
    return tables_.append(kPart, batch);
  });
}

/// Parts of that path that an earlier import left, and that are read anew because they may have changed.
Status TakeoutLedger::close_interrupted(const std::string& path) {
  const auto parts = " WHERE state = 'reading' AND path = " + quoted_text(path);
  LAKE_CHECK_OK(session_.run_text(
      "UPDATE takeout.import_entry SET state = 'partial', reason = 'the import was interrupted "
      "here, and began anew' WHERE state = 'reading' AND part_id IN (SELECT part_id FROM "
      "takeout.import_part" +
      parts + ")"));
  return as_status(
      session_.run_text("UPDATE takeout.import_part SET state = 'partial', reason = 'the import was "
                        "interrupted, and began anew'" +
                        parts));
}

Status TakeoutLedger::move_part(const PartRecord& known, const std::string& path, bool with_places,
                                blobs::BlobStore* store) {
  const auto place = [store](const std::string& of) {
    return store == nullptr ? of : store->content().kept_path(of);
  };
  return in_transaction([&]() -> Status {
    const auto of_part = " WHERE part_id = " + std::to_string(known.part_id);
    LAKE_CHECK_OK(session_.run_text("UPDATE takeout.import_part SET path = " + quoted_text(path) + of_part));
    if (!with_places) return ok();
    return blobs::BlobTables(session_).move_archive(
        place(known.path), place(path), "SELECT blob, stored_offset FROM takeout.import_entry" + of_part);
  });
}

Status TakeoutLedger::end_part(const PartRecord& part) {
  return in_transaction([&]() -> Status {
    const auto count = part.entry_count ? std::to_string(*part.entry_count) : "NULL";
    LAKE_TRY(const auto changed,
             session_.run_text("UPDATE takeout.import_part SET state = " + quoted_text(part.state) +
                               ", reason = " + quoted_text(part.reason) + ", entry_count = " + count +
                               " WHERE part_id = " + std::to_string(part.part_id)));
    return changed.changed_rows == 1 ? ok()
                                     : Error(ErrorCode::kInternal, "the part has no row in the ledger");
  });
}

Status TakeoutLedger::end_run(std::string_view state, const takeout::SchemaDrift& drift,
                              std::int64_t now_us) {
  return in_transaction([&]() -> Status {
    auto batch = batch_for(kDrift);
    for (const auto& [name, seen] : drift.seen()) {
      takeout::Row row(batch, kDrift);
      row.integer(kDrift.at("import_id"), import_id_);
      row.text(kDrift.at("table_name"), name.first);
      row.text(kDrift.at("key"), name.second);
      row.integer(kDrift.at("count"), signed_of(seen.count));
      row.integer(kDrift.at("first_entry_id"), seen.first_entry_id);
      batch.end_row();
    }
    LAKE_CHECK_OK(tables_.append(kDrift, batch));
    LAKE_TRY(const auto changed,
             session_.run_text("UPDATE takeout.import_run SET state = " + quoted_text(state) +
                               ", ended_us = " + std::to_string(now_us) +
                               " WHERE import_id = " + std::to_string(import_id_)));
    return changed.changed_rows == 1 ? ok()
                                     : Error(ErrorCode::kInternal, "the import has no row in the ledger");
  });
}

Status TakeoutLedger::write_batch(const takeout::Batch& batch, std::span<const takeout::RowVersions> versions,
                                  RowOutcomes& outcomes) {
  for (std::size_t i = 0; i < batch.tables().size(); ++i) {
    const auto& table = batch.tables()[i];
    if (table.rows.row_count() == 0) continue;
    LAKE_CHECK_OK(
        tables_.merge(table, versions.empty() ? takeout::versions_in(table) : versions[i], outcomes));
  }
  return tables_.append(kReject, rows_of(batch.rejects()));
}

/// Rows of an entry that an earlier batch stored are not there any more.
Status TakeoutLedger::give_way(std::int64_t entry_id, std::uint64_t rows) {
  const auto count = std::to_string(rows);
  return as_status(session_.run_text(
      "UPDATE takeout.import_entry SET rows_new = rows_new - least(rows_new, " + count +
      "), rows_updated = rows_updated - least(rows_updated, " + count + " - least(rows_new, " + count +
      ")), rows_dup = rows_dup + least(rows_new + rows_updated, " + count +
      ") WHERE entry_id = " + std::to_string(entry_id)));
}

/// Their tables, and the column that ledgers of before lack.
Status TakeoutLedger::prepare_blobs() {
  LAKE_CHECK_OK(blobs::BlobTables(session_).ensure());
  // Of this table alone: information_schema would bind every view of the lake.
  LAKE_TRY(
      const auto found,
      session_.run_text("SELECT count(*) FROM (DESCRIBE takeout.import_entry) WHERE column_name = 'blob'"));
  if (found.rows.at(0).at(0) != "0") return ok();
  return as_status(session_.run_text("ALTER TABLE takeout.import_entry ADD COLUMN blob VARCHAR"));
}

Status TakeoutLedger::write_blobs(const std::vector<EntryRecord*>& entries,
                                  std::span<const blobs::ImportedBlob> attachments) {
  std::vector<blobs::ImportedBlob> imported(attachments.begin(), attachments.end());
  for (const auto* entry : entries) {
    if (!entry->blob) continue;
    imported.push_back({{std::string(kTakeoutBucket), blob_key_of(entry->entry_id, entry->name)},
                        entry->blob->sums,
                        entry->blob->place,
                        content_type_of(entry->name),
                        entry->blob->taken_us,
                        entry->blob->lease,
                        entry->state == EntryState::kDuplicateEntry,
                        entry->blob->is_placed});
  }
  if (imported.empty()) return ok();
  return blobs::BlobTables(session_).insert_imported(imported, imported.front().created_us);
}

Status TakeoutLedger::remove_stored_reading(const std::vector<EntryRecord*>& entries) {
  std::string ids;
  std::uint64_t count = 0;
  for (const auto entry_id : stored_reading_) {
    if (!holds(entries, entry_id)) continue;
    ids += (ids.empty() ? "" : ", ") + std::to_string(entry_id);
    ++count;
  }
  if (count == 0) return ok();
  LAKE_TRY(const auto removed,
           session_.run_text("DELETE FROM takeout.import_entry WHERE entry_id IN (" + ids + ")"));
  return removed.changed_rows == count
             ? ok()
             : Error(ErrorCode::kInternal, "an entry being read has no row in the ledger");
}

Status TakeoutLedger::write_entries(const std::vector<EntryRecord*>& entries, const RowOutcomes& outcomes) {
  auto batch = batch_for(kEntry);
  for (const auto* entry : entries) {
    auto rows = entry->rows;
    if (const auto found = outcomes.find(entry->entry_id); found != outcomes.end()) rows += found->second;
    rows.settle();
    add_entry(*entry, rows, import_id_, batch);
  }
  for (const auto& [entry_id, rows] : outcomes) {
    if (rows.given_way > 0 && !holds(entries, entry_id)) LAKE_CHECK_OK(give_way(entry_id, rows.given_way));
  }
  LAKE_CHECK_OK(remove_stored_reading(entries));
  return tables_.append(kEntry, batch);
}

Status TakeoutLedger::write_stores(const takeout::Batch& batch,
                                   std::span<const takeout::RowVersions> versions,
                                   const std::vector<EntryRecord*>& entries,
                                   std::span<const blobs::ImportedBlob> attachments, RowOutcomes& outcomes,
                                   const telemetry::Tracing& tracing) {
  {
    const auto span = tracing.begin("takeout.store_rows");
    LAKE_CHECK_OK(write_batch(batch, versions, outcomes));
  }
  {
    const auto span = tracing.begin("takeout.store_blobs");
    LAKE_CHECK_OK(write_blobs(entries, attachments));
  }
  const auto span = tracing.begin("takeout.store_ledger");
  return write_entries(entries, outcomes);
}

Status TakeoutLedger::commit(const takeout::Batch& batch, std::span<const takeout::RowVersions> versions,
                             std::span<EntryRecord> done, EntryRecord* reading,
                             std::span<const blobs::ImportedBlob> attachments) {
  if (batch.is_empty() && done.empty() && reading == nullptr) return ok();
  std::vector<EntryRecord*> entries;
  for (auto& entry : done) entries.push_back(&entry);
  if (reading != nullptr) entries.push_back(reading);
  RowOutcomes outcomes;
  auto span = tracing_.begin("takeout.store");
  span.set("rows", signed_of(batch.row_count()));
  span.set("entries", signed_of(entries.size()));
  const auto inside = tracing_.inside(span);
  const auto stored = in_transaction(
      [&] {
        outcomes.clear();
        return write_stores(batch, versions, entries, attachments, outcomes, inside);
      },
      inside);
  if (!stored) span.set_failed();
  LAKE_CHECK_OK(stored);
  std::erase_if(stored_reading_, [&](std::int64_t entry_id) { return holds(entries, entry_id); });
  if (reading != nullptr) stored_reading_.push_back(reading->entry_id);
  for (auto* entry : entries) {
    if (const auto found = outcomes.find(entry->entry_id); found != outcomes.end())
      entry->rows += found->second;
    entry->rows.settle();
  }
  return ok();
}

}  // namespace lake::ingest
