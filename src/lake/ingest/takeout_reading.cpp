#include "lake/ingest/takeout_reading.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "lake/takeout/advice.hpp"
#include "lake/takeout/file_products.hpp"

namespace lake::ingest {

using takeout::EntryState;

namespace {
constexpr const char* kLeftOut = "its product was left out of this import";
constexpr const char* kLeftAlone =
    "it is damaged, so its times stay in the zone they were read in before; nothing of it was read again";
/// Entries whose rests wait to be read together. Each has its reader (230 KB) and its first bytes open.
constexpr std::size_t kRestsMax = 16;
/// What is smaller costs less than keeping it open; what is larger is better read ahead of who sums it.
constexpr std::uint64_t kRestBytesMin = 128U << 10U;
constexpr std::uint64_t kRestBytesMax = 64U << 20U;
/// The disk is asked for so much of what is read next.
constexpr std::uint64_t kAskedAheadMax = 16U << 20U;

std::uint64_t asked_bytes(const archive::Entry& entry) {
  return std::min(entry.stored_bytes, archive::Container::kPrefetchBytesMax);
}
}  // namespace

void TakeoutReading::work(unsigned worker) {
  while (auto run = plan_.queue.claim(worker)) {
    read_run(*run);
    if (stopped_) return;
  }
}

void TakeoutReading::read_run(EntryRun& run) {
  run_ = run.number;
  if (run.next_of_stream) {
    while (auto task = run.next_of_stream()) {
      read_entry(*task);
      if (stopped_) return;
      const bool is_full = done_.size() >= kDeliveryEntriesMax || batch_.bytes() >= plan_.batch_bytes_max ||
                           batch_.row_count() >= plan_.batch_rows_max;
      if (is_full && !deliver(false)) return;
    }
  } else {
    std::size_t asked = 0;    // tasks up to here: the disk was asked for their content
    std::uint64_t ahead = 0;  // bytes of those that were not read yet
    for (auto& task : run.tasks) {
      while (asked < run.tasks.size() && ahead < kAskedAheadMax) ahead += ask_for(run.tasks[asked++].entry);
      ahead -= std::min(ahead, asked_bytes(task.entry));
      read_entry(task);
      if (rests_.size() >= kRestsMax) end_rests();
      if (stopped_) return;
    }
  }
  deliver(true);
}

/// Of an entry that is likely wanted. The bytes asked for.
std::uint64_t TakeoutReading::ask_for(const archive::Entry& entry) {
  if (plan_.products.may_want_folder(takeout::product_folder(entry.name))) plan_.container.prefetch(entry);
  return asked_bytes(entry);
}

Result<std::unique_ptr<archive::EntryReader>> TakeoutReading::open(const archive::Entry& entry) {
  if (plan_.stream != nullptr) return plan_.stream->open_current();
  return plan_.container.open_entry(entry);
}

void TakeoutReading::read_entry(EntryTask& task) {
  const auto began = plan_.clock.monotonic_now();
  record_ = std::move(task.record);
  // Here rather than where entries are handed out: it reads the entry's own header.
  if (const auto range = plan_.container.stored_range(task.entry)) record_.stored_offset = range->offset;
  stored_ = task.stored;
  in_entry_ = true;
  if (task.entry.kind == archive::EntryKind::kDirectory) {
    end_record(record_, EntryState::kEmpty, "");
  } else if (task.entry.kind != archive::EntryKind::kFile) {
    end_record(record_, EntryState::kSpecial, "a " + record_.entry_kind + ", which is never followed");
  } else if (!plan_.products.may_want_folder(takeout::product_folder(record_.name))) {
    end_record(record_, EntryState::kRejectedByUser, kLeftOut);
  } else if (task.is_left_alone) {
    end_record(record_, EntryState::kPartial, kLeftAlone);
  } else {
    auto reader = open(task.entry);
    if (!reader) {
      end_record(record_, task.entry.flaw ? takeout::state_of(task.entry.flaw->flaw) : EntryState::kPartial,
                 reader.error().message());
    } else {
      read_content(std::move(*reader), task.entry);
    }
  }
  in_entry_ = false;
  record_.took_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(plan_.clock.monotonic_now() - began).count();
  done_.push_back(std::move(record_));
  tell_cpu();
}

void TakeoutReading::tell_cpu() {
  const auto nanos = thread_cpu_nanos();
  plan_.pulse.cpu_nanos += nanos - cpu_nanos_told_;
  cpu_nanos_told_ = nanos;
}

/// What no parser takes, and what rows only tell of, becomes a blob where its bytes can be had again or
/// copied.
std::optional<BlobTaking> TakeoutReading::blob_of(const archive::Entry& entry) const {
  auto place = place_of(plan_.container, entry, plan_.blobs);
  if (!place && plan_.blobs == nullptr) return std::nullopt;
  return std::make_optional<BlobTaking>(place ? nullptr : plan_.blobs, std::move(place),
                                        object::kPackedBytesMax);
}

/// Only what comes as a stream is copied while it is read: elsewhere bytes stay where they are.
telemetry::Span TakeoutReading::begin_copy() const {
  if (plan_.stream == nullptr || plan_.blobs == nullptr) return {};
  auto span = plan_.tracing.begin("takeout.store_content");
  span.set("entry_id", record_.entry_id);
  return span;
}

void TakeoutReading::keep_blob(EntryRecord& record, BlobTaking& taking) {
  auto taken = taking.finish(plan_.blobs == nullptr ? nullptr : &plan_.blobs->content().leases());
  if (taken && taken->bytes) {
    taken->sums = object::sums_of_each(std::vector<std::string_view>{*taken->bytes}).front();
    if (!copies_) copies_.emplace(*plan_.blobs);
    const auto waiting_max = std::max<std::uint64_t>(plan_.batch_bytes_max / 4, object::kPackedBytesMax);
    if (copies_->bytes() + taken->bytes->size() > waiting_max) ignore(settle_copies(), "the entries say it");
    if (const auto room = copies_->check_room(taken->sums, 0, [this] { return settle_copies(); }); room) {
      copied_.push_back(done_.size());  // where the record goes next
      copies_->add(*taken);
    } else {
      taken = room.error();
    }
  }
  if (!taken)
    return end_record(record, EntryState::kPartial, std::string(kNotKept) + taken.error().message());
  taken->taken_us = plan_.clock.wall_micros();
  record.blob = std::move(*taken);
}

/// Entries whose copies fail have none, and say so.
Status TakeoutReading::settle_copies() {
  if (copied_.empty()) return ok();
  auto span = plan_.tracing.begin("takeout.store_pack");
  span.set("bytes", static_cast<std::int64_t>(copies_->bytes()));
  const auto settled = copies_->settle([this](std::size_t number, blobs::ContentPacking::Kept kept) {
    auto& blob = done_.at(copied_.at(number)).blob;
    blob->place = std::move(kept.place);
    blob->is_placed = kept.is_placed;
    blob->lease = std::move(kept.lease);
  });
  for (const auto at : std::exchange(copied_, {})) {
    if (settled) break;
    auto& record = done_.at(at);
    record.blob.reset();
    record.state = EntryState::kPartial;
    record.reason = std::string(kNotKept) + settled.error().message();
  }
  return settled;
}

void TakeoutReading::read_content(std::unique_ptr<archive::EntryReader> reader, const archive::Entry& entry) {
  auto open = std::make_unique<OpenEntry>(std::move(reader), plan_.pulse, record_.bytes);
  auto& content = open->content;
  open->is_salvaged = entry.is_salvaged;
  if (content.head().empty() && !content.failure()) {
    record_.bytes = 0;
    end_record(record_, EntryState::kEmpty, "");
    return;
  }
  const takeout::EntryHead head(record_.name, content.head(), content.is_whole());
  takeout::Certainty by{};
  const auto* product = takeout::product_for(head, by);
  const auto folder = takeout::product_folder(record_.name);
  if (!plan_.products.wants(product == nullptr ? "" : product->product, folder)) {
    end_record(record_, EntryState::kRejectedByUser, kLeftOut);
    return;
  }
  auto& blob = open->blob;
  if (product == nullptr || takeout::is_about_blob(*product)) blob = blob_of(entry);
  auto copying = blob ? begin_copy() : telemetry::Span();
  if (blob) content.tap([&blob](std::span<const std::byte> bytes) { blob->take(bytes); });
  const bool waits = may_wait(*open);
  if (plan_.reads_ahead && !waits) content.read_ahead(record_.bytes);
  if (product != nullptr) {
    auto parsed = parse(*product, by, head, content);
    if (!parsed) {  // the sink's error: nobody takes any more
      stopped_ = true;
      return;
    }
    open->end = std::move(*parsed);
    open->state = product->is_generic                ? EntryState::kGeneric
                  : takeout::is_about_blob(*product) ? EntryState::kBlobOnly
                                                     : EntryState::kTyped;
  }
  if (open->state == EntryState::kBlobOnly) open->advice = takeout::advice_for(head);
  if (waits) {
    rests_.push_back({std::move(open), done_.size()});  // where the record goes next
    return;
  }
  content.drain();
  end_content(record_, *open);
  copying.set("bytes", static_cast<std::int64_t>(content.bytes()));
}

/// For others, to be summed together with them.
bool TakeoutReading::may_wait(OpenEntry& open) const {
  return plan_.stream == nullptr && open.blob && open.blob->summer() != nullptr && !open.content.is_whole() &&
         record_.bytes && *record_.bytes >= kRestBytesMin && *record_.bytes <= kRestBytesMax;
}

void TakeoutReading::end_content(EntryRecord& record, OpenEntry& open) {
  const auto& content = open.content;
  const auto& end = open.end;
  stopped_ = stopped_ || content.is_stopped();
  record.bytes_unparsed = end.is_complete ? 0 : content.bytes() - std::min(content.bytes(), end.offset);
  if (const auto& finding = open.reader->finding()) {
    end_record(record, takeout::state_of(finding->flaw), finding->what);
  } else if (content.failure()) {
    end_record(record, EntryState::kPartial, content.failure()->message());
  } else {
    record.bytes = content.bytes();
    record.content_hash = content.hash();
    if (!end.is_complete) {
      end_record(record, EntryState::kPartial,
                 end.reason + ", from byte " + std::to_string(end.offset) + " on");
    } else {
      end_record(record, open.is_salvaged ? EntryState::kSalvaged : open.state, "");
      if (record.state == EntryState::kBlobOnly) record.reason = open.advice;
      if (open.blob) keep_blob(record, *open.blob);
    }
  }
}

void TakeoutReading::end_rests() {
  if (rests_.empty()) return;
  const auto began = plan_.clock.monotonic_now();
  std::vector<OpenEntry*> entries;
  for (const auto& rest : rests_) entries.push_back(rest.entry.get());
  read_rests(entries);
  const auto took = (plan_.clock.monotonic_now() - began) / rests_.size();
  for (const auto& rest : rests_) {
    auto& record = done_.at(rest.place);
    end_content(record, *rest.entry);
    record.took_ms += std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  }
  rests_.clear();
  tell_cpu();
}

void TakeoutReading::end_record(EntryRecord& record, EntryState state, std::string reason) {
  record.state = state;
  record.reason = std::move(reason);
}

takeout::ElementCounts TakeoutReading::total(const takeout::ElementCounts& counts) const {
  auto sum = counts;
  sum.elements += stored_.elements;
  sum.rejected += stored_.rejected;
  sum.repaired += stored_.repaired;
  sum.rows += stored_.rows;
  sum.next_offset = std::max(sum.next_offset, stored_.next_offset);
  return sum;
}

Result<takeout::ParseEnd> TakeoutReading::parse(const takeout::Product& product, takeout::Certainty by,
                                                const takeout::EntryHead& head, EntryContent& content) {
  record_.product = product.product.empty() ? takeout::product_folder(record_.name) : product.product;
  record_.classified_as = product.name;
  record_.classified_by = takeout::name_of(by);
  record_.parser_version = product.version;
  attachments_.reset();
  if (plan_.blobs != nullptr) attachments_.emplace(*plan_.blobs, plan_.clock);
  takeout::EntrySink sink({.entry_id = record_.entry_id,
                           .export_us = plan_.export_us,
                           .resume_offset = stored_.next_offset,
                           .files = attachments_ ? &*attachments_ : nullptr},
                          batch_, drift_, *this, plan_.batch_bytes_max, plan_.batch_rows_max);
  settled_batch_ = batch_.extent();
  settled_ = {};
  auto end = product.parse(head, {.time_zone = plan_.time_zone}, content, sink);
  const bool is_lost = attachments_ && attachments_->lost();
  if (!is_lost && !end) return end.error();
  if (!is_lost) record_.counts = total(sink.counts());
  const auto gathered = is_lost ? ok() : gather_attachments();
  if (attachments_) plan_.pulse.cpu_nanos += attachments_->cpu_nanos();
  if (attachments_ && attachments_->lost()) return end_without_files();
  if (!gathered) return gathered.error();  // nobody takes any more
  return end;
}

/// A batch is full in the middle of an entry.
Status TakeoutReading::take(takeout::Batch& /*batch*/, const takeout::ElementCounts& counts_so_far) {
  const bool has_files = attachments_ && attachments_->waiting_bytes() > 0;
  LAKE_CHECK_OK(has_files ? attachments_->settled() : gather_attachments());
  record_.counts = total(counts_so_far);
  if (has_files)
    deliver_with_files();
  else
    deliver(false);
  if (stopped_) return Error(ErrorCode::kCancelled, "the import ends");
  settled_batch_ = batch_.extent();
  settled_ = counts_so_far;
  return ok();
}

/// Errors: the entry's files were lost.
Status TakeoutReading::gather_attachments() {
  if (!attachments_) return ok();
  const auto bytes = attachments_->waiting_bytes();
  auto span = bytes > 0 ? plan_.tracing.begin("takeout.store_pack") : telemetry::Span();
  span.set("bytes", static_cast<std::int64_t>(bytes));
  LAKE_CHECK_OK(attachments_->settle());  // also of files without a byte
  span.end();
  for (auto& each : attachments_->kept()) blobs_.push_back(std::move(each));
  return ok();
}

/// Takes back what tells of files that were lost: another import goes on there.
takeout::ParseEnd TakeoutReading::end_without_files() {
  if (settling_) {  // what came since is of the same entry
    auto& delivery = settling_->delivery;
    plan_.spare.give_back(std::exchange(batch_, std::move(delivery.batch)));
    done_ = std::move(delivery.done);
    blobs_ = std::move(delivery.blobs);
    delivery.drift.add(drift_);
    drift_ = std::move(delivery.drift);
    settled_batch_ = std::move(settling_->settled_batch);
    settled_ = settling_->settled;
    settling_.reset();
  }
  batch_.rewind(settled_batch_);
  record_.counts = total(settled_);
  return {false, record_.counts.next_offset, attachments_->lost()->message()};
}

/// What was read since the last one; nothing when the import ends.
std::optional<Delivery> TakeoutReading::next_delivery(bool ends_run) {
  end_rests();
  if (stopped_) return std::nullopt;
  ignore(settle_copies(), "the entries say it");
  Delivery delivery;
  delivery.blobs = std::exchange(blobs_, {});
  delivery.batch = std::exchange(batch_, plan_.spare.take());
  delivery.done = std::exchange(done_, {});
  delivery.drift = std::exchange(drift_, {});
  if (in_entry_) delivery.reading = record_;
  delivery.ends_run = ends_run;
  return delivery;
}

bool TakeoutReading::put(Delivery delivery) const {
  // Here rather than where rows are stored: this is what there are several of. Little is gathered with more
  // first.
  const auto& batch = delivery.batch;
  const bool is_much =
      batch.bytes() >= plan_.batch_bytes_max / 2 || batch.row_count() >= plan_.batch_rows_max / 2;
  if (is_much) {
    for (const auto& table : batch.tables()) {
      auto& versions = delivery.versions.emplace_back(takeout::versions_in(table));
      for (auto& rows : versions.groups) takeout::put_in_order(table, rows);
    }
  }
  return plan_.queue.put(run_, std::move(delivery));
}

bool TakeoutReading::deliver(bool ends_run) {
  auto delivery = next_delivery(ends_run);
  stopped_ = !delivery || !put(std::move(*delivery));
  return !stopped_;
}

/// Reading goes on while the files are stored: a delivery comes after its files and before the next one.
void TakeoutReading::deliver_with_files() {
  auto delivery = next_delivery(false);
  if (!delivery) return;
  settling_.emplace(Settling{std::move(*delivery), std::move(settled_batch_), settled_});
  const auto span = std::make_shared<telemetry::Span>(plan_.tracing.begin("takeout.store_pack"));
  span->set("bytes", static_cast<std::int64_t>(attachments_->waiting_bytes()));
  attachments_->settle_beside([this, span](std::vector<blobs::ImportedBlob> kept) -> Status {
    span->end();
    auto done = std::move(settling_->delivery);
    settling_.reset();
    std::move(kept.begin(), kept.end(), std::back_inserter(done.blobs));
    return put(std::move(done)) ? ok() : Status(Error(ErrorCode::kCancelled, "the import ends"));
  });
}

}  // namespace lake::ingest
