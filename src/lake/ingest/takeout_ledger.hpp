#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "lake/ingest/takeout_blobs.hpp"
#include "lake/ingest/takeout_guesses.hpp"
#include "lake/ingest/takeout_selection.hpp"
#include "lake/ingest/takeout_tables.hpp"
#include "lake/takeout/entry_sink.hpp"
#include "lake/takeout/entry_state.hpp"
#include "lake/telemetry/trace.hpp"

namespace lake::ingest {

/// One row of takeout.import_entry: what became of one entry of one part.
struct EntryRecord {
  std::int64_t entry_id = 0;
  std::int64_t part_id = 0;
  std::uint64_t entry_index = 0;
  std::string name;
  std::string entry_kind;              // file, directory, symlink, ...
  std::optional<std::uint64_t> bytes;  // of the content
  std::uint64_t stored_bytes = 0;
  std::optional<std::uint64_t> stored_offset;  // in the archive file, where one can tell: a blob by reference
  std::uint16_t method = 0;
  bool is_verbatim = false;
  std::optional<std::uint32_t> crc32;
  std::optional<std::uint64_t> content_hash;  // XXH3 of all content
  std::string product;
  std::string classified_as;
  std::string classified_by;
  std::uint32_t parser_version = 0;
  takeout::EntryState state = takeout::EntryState::kReading;
  takeout::ElementCounts counts;
  RowOutcome rows;
  std::uint64_t bytes_unparsed = 0;
  std::string reason;
  std::int64_t took_ms = 0;
  std::optional<TakenBlob> blob;  // of content that no parser took
};

/// One row of takeout.import_part: an archive, folder or file.
struct PartRecord {
  std::int64_t part_id = 0;
  std::string path;
  std::string name;
  std::string kind;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> directory_digest;
  std::int64_t modified_us = 0;
  std::string export_id;
  std::int64_t export_us = 0;
  std::optional<std::int64_t> part_number;
  std::optional<std::uint64_t> entry_count;    // as its directory tells, else as met
  std::optional<std::uint64_t> content_bytes;  // as its directory tells
  std::string state = "reading";               // reading, complete, partial, failed
  std::string reason;
};

/// What is known of a part from before.
struct KnownPart {
  PartRecord part;
  /// Entries that are done with, by entry_index, and those that are not.
  std::vector<bool> done;
  std::map<std::uint64_t, EntryRecord> reading;
  std::uint64_t rows = 0;     // that both gave
  std::uint64_t damaged = 0;  // of those done with
};

/// The account of imports: tables import_run, import_part, import_entry, import_reject, schema_drift of the
/// schema `takeout`, and the transactions that store them together with rows.
/// Bounds: keys of known contents are held in memory, 24 bytes an entry. One import at a time. Threads: one.
class TakeoutLedger {
 public:
  explicit TakeoutLedger(query::Session& session) : session_(session), tables_(session) {}
  /// From now on each commit() is a span takeout.store, with one inside for each store.
  void trace(telemetry::Tracing tracing) { tracing_ = tracing; }

  /// Makes the tables, reads what is known, begins the run. Errors: those of Session.
  Status open(const std::vector<std::string>& paths, std::int64_t now_us);
  [[nodiscard]] std::int64_t import_id() const { return import_id_; }
  std::int64_t next_entry_id() { return next_entry_id_++; }

  /// The part imported before that this one is, if there is one. What of it was left out or damaged, and what
  /// parsers of before have read, is to be read again, from where this one lies: its state is `reading`.
  /// `replay`: so is what had rejected elements.
  Result<std::optional<KnownPart>> find(const PartRecord& part, bool replay);
  /// Paths of parts with entries that a replay reads again, oldest first.
  Result<std::vector<std::string>> replayed_paths();
  /// Before a part is read again with a zone: takes away what an earlier reading made of times without one.
  /// Gives the names of entries that cannot be read again whole: what there is of them stays, and is not to
  /// be mixed with what else can be read. Errors: also those of `go_on`, which is asked often.
  Result<EntryNames> forget_guessed_times(const PartRecord& part, archive::Container& container,
                                          const ProductSelection& wanted,
                                          const std::function<Status()>& go_on);
  /// Gives it a part_id and stores it.
  Status begin_part(PartRecord& part);
  Status end_part(const PartRecord& part);
  /// The archive of a known part is somewhere else now: its blobs are read from there, `with_places`.
  /// `store`: knows how places name archives; may be null.
  Status move_part(const PartRecord& known, const std::string& path, bool with_places,
                   blobs::BlobStore* store);
  Status end_run(std::string_view state, const takeout::SchemaDrift& drift, std::int64_t now_us);

  /// Stores, in one transaction: the rows and rejects of `batch`, the entries that are done with, how far
  /// the one has come that is not, and the blobs of all of these. `versions`: of the batch's tables, or none.
  /// Afterwards the records carry the outcome of their rows.
  Status commit(const takeout::Batch& batch, std::span<const takeout::RowVersions> versions,
                std::span<EntryRecord> done, EntryRecord* reading,
                std::span<const blobs::ImportedBlob> attachments);

  /// True when an entry of this name and content ended well before; from now on it is known.
  bool is_known_content(const EntryRecord& entry);

 private:
  /// `tracing`: inside what its COMMIT is a span of its own.
  Status in_transaction(const std::function<Status()>& work, const telemetry::Tracing& tracing = {});
  Status write_batch(const takeout::Batch& batch, std::span<const takeout::RowVersions> versions,
                     RowOutcomes& outcomes);
  Status write_blobs(const std::vector<EntryRecord*>& entries,
                     std::span<const blobs::ImportedBlob> attachments);
  Status write_stores(const takeout::Batch& batch, std::span<const takeout::RowVersions> versions,
                      const std::vector<EntryRecord*>& entries,
                      std::span<const blobs::ImportedBlob> attachments, RowOutcomes& outcomes,
                      const telemetry::Tracing& tracing);
  Status prepare_blobs();
  Status remove_stored_reading(const std::vector<EntryRecord*>& entries);
  Status write_entries(const std::vector<EntryRecord*>& entries, const RowOutcomes& outcomes);
  Status give_way(std::int64_t entry_id, std::uint64_t rows);
  Status read_known_contents();
  Result<std::int64_t> largest(const std::string& column, const std::string& table);
  Status read_entries(KnownPart& known);
  /// Makes a part with entries to read again one that is being read; what the blob store failed is read from
  /// where it ended.
  Status reopen(PartRecord& known, const PartRecord& given, bool replay);
  Status close_interrupted(const std::string& path);

  query::Session& session_;
  TakeoutTables tables_;
  telemetry::Tracing tracing_;
  std::int64_t import_id_ = 0;
  std::int64_t next_part_id_ = 1;
  std::int64_t next_entry_id_ = 1;
  std::unordered_set<std::uint64_t> known_contents_;  // hashes of name, size and content hash
  std::vector<std::int64_t> stored_reading_;          // entries whose row says `reading`
};

}  // namespace lake::ingest
