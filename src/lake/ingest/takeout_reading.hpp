#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lake/ingest/batch_pool.hpp"
#include "lake/ingest/takeout_blobs.hpp"
#include "lake/ingest/takeout_content.hpp"
#include "lake/ingest/takeout_rests.hpp"
#include "lake/ingest/takeout_runs.hpp"
#include "lake/ingest/takeout_selection.hpp"
#include "lake/os/clock.hpp"
#include "lake/takeout/product.hpp"
#include "lake/telemetry/trace.hpp"

namespace lake::ingest {

/// What readers of one part share. Lifetime: what it refers to outlives the workers.
struct ReadingPlan {
  archive::Container& container;
  archive::EntryCursor* stream = nullptr;  // of a part that must be read as a stream
  RunQueue& queue;
  BatchPool& spare;
  ReadingPulse& pulse;
  os::Clock& clock;
  std::string time_zone;
  ProductSelection products;
  std::int64_t export_us = 0;
  std::size_t batch_bytes_max = 0;
  std::uint64_t batch_rows_max = 0;
  bool reads_ahead = false;
  blobs::BlobStore* blobs = nullptr;  // for those that cannot stay where they are; null: there are none
  telemetry::Tracing tracing;         // told of bytes that are copied into the blob store
};

/// One worker of an import: claims runs, reads and parses their entries and delivers what came of them. A
/// delivery is a full batch, or the end of a run. Knows nothing of SQL. Threads: one.
class TakeoutReading final : public takeout::EntrySink::Taker {
 public:
  explicit TakeoutReading(const ReadingPlan& plan) : plan_(plan) {}
  /// Until there are no more runs, or the queue is stopped.
  void work(unsigned worker);
  Status take(takeout::Batch& batch, const takeout::ElementCounts& counts_so_far) override;

 private:
  void read_run(EntryRun& run);
  std::uint64_t ask_for(const archive::Entry& entry);
  void read_entry(EntryTask& task);
  Result<std::unique_ptr<archive::EntryReader>> open(const archive::Entry& entry);
  void read_content(std::unique_ptr<archive::EntryReader> reader, const archive::Entry& entry);
  [[nodiscard]] bool may_wait(OpenEntry& open) const;
  void end_content(EntryRecord& record, OpenEntry& open);
  void end_rests();
  void tell_cpu();
  [[nodiscard]] std::optional<BlobTaking> blob_of(const archive::Entry& entry) const;
  void keep_blob(EntryRecord& record, BlobTaking& taking);
  Status settle_copies();
  [[nodiscard]] telemetry::Span begin_copy() const;
  Status gather_attachments();
  takeout::ParseEnd end_without_files();
  Result<takeout::ParseEnd> parse(const takeout::Product& product, takeout::Certainty by,
                                  const takeout::EntryHead& head, EntryContent& content);
  static void end_record(EntryRecord& record, takeout::EntryState state, std::string reason);
  [[nodiscard]] takeout::ElementCounts total(const takeout::ElementCounts& counts) const;
  /// False when the import ends.
  bool deliver(bool ends_run);
  void deliver_with_files();
  std::optional<Delivery> next_delivery(bool ends_run);
  [[nodiscard]] bool put(Delivery delivery) const;

  const ReadingPlan& plan_;
  std::uint64_t run_ = 0;
  takeout::Batch batch_;
  takeout::SchemaDrift drift_;
  std::vector<EntryRecord> done_;
  std::vector<blobs::ImportedBlob> blobs_;  // attachments of the batch's rows
  EntryRecord record_;                      // of the entry being read
  takeout::ElementCounts stored_;           // of it, by an earlier run of the import
  /// A delivery whose files are being stored, and how far it was settled before.
  struct Settling {
    Delivery delivery;
    takeout::Batch::Extent settled_batch;
    takeout::ElementCounts settled;
  };
  std::optional<Settling> settling_;             // of the other thread while it works
  std::optional<AttachmentTaking> attachments_;  // of the entry being read; it ends before what it uses
  std::optional<WaitingCopies> copies_;          // of entries that ended
  std::vector<std::size_t> copied_;              // places in done_ of those
  struct Rest {
    std::unique_ptr<OpenEntry> entry;
    std::size_t place = 0;  // in done_
  };
  std::vector<Rest> rests_;  // of entries that are only left to be summed
  /// The batch, and what was read of the entry, where files that were kept since might be lost.
  takeout::Batch::Extent settled_batch_;
  takeout::ElementCounts settled_;
  bool in_entry_ = false;
  bool stopped_ = false;
  std::uint64_t cpu_nanos_told_ = 0;
};

}  // namespace lake::ingest
