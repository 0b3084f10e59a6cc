#include "lake/ingest/takeout_import.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "lake/archive/container.hpp"
#include "lake/codec/hash.hpp"
#include "lake/ingest/takeout_ledger.hpp"
#include "lake/ingest/takeout_views.hpp"
#include "lake/takeout/advice.hpp"
#include "lake/takeout/product.hpp"
#include "lake/takeout/times.hpp"
#include "lake/takeout/zones.hpp"

namespace lake::ingest {
namespace {

using takeout::EntryState;

constexpr std::size_t kPendingEntriesMax = 2000;

/// An entry of an archive as parsers read it: its beginning is looked at first and given again.
class EntryContent final : public takeout::Content {
 public:
  explicit EntryContent(archive::EntryReader& reader) : reader_(reader) {
    head_.resize(takeout::kHeadBytes);
    std::size_t size = 0;
    while (size < head_.size()) {
      const auto read = take({reinterpret_cast<std::byte*>(head_.data() + size), head_.size() - size});
      if (read == 0) break;
      size += read;
    }
    head_.resize(size);
  }

  [[nodiscard]] std::string_view head() const { return head_; }
  /// The head is everything.
  [[nodiscard]] bool is_whole() const { return ended_; }

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (given_ < head_.size()) {
      const auto count = std::min(out.size(), head_.size() - given_);
      std::copy_n(reinterpret_cast<const std::byte*>(head_.data()) + given_, count, out.data());
      given_ += count;
      return count;
    }
    const auto count = take(out);
    if (count == 0 && failure_) return *failure_;
    return count;
  }

  /// Reads what no parser wanted, so that size, checksum and hash are known.
  void drain() {
    std::vector<std::byte> rest(std::size_t{256} << 10U);
    while (take(rest) > 0) {
    }
  }
  [[nodiscard]] std::uint64_t bytes() const { return reader_.position(); }
  [[nodiscard]] std::uint64_t hash() const { return hash_.digest(); }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  std::size_t take(std::span<std::byte> out) {
    if (ended_) return 0;
    const auto read = reader_.read(out);
    if (!read) failure_ = read.error();
    if (!read || *read == 0) {
      ended_ = true;
      return 0;
    }
    hash_.update({reinterpret_cast<const char*>(out.data()), *read});
    return *read;
  }

  archive::EntryReader& reader_;
  codec::Xxh3Stream hash_;
  std::string head_;
  std::size_t given_ = 0;
  bool ended_ = false;
  std::optional<Error> failure_;
};

/// One run of import_takeout().
class TakeoutImport final : public takeout::EntrySink::Taker {
 public:
  TakeoutImport(query::Session& session, os::FileSystem& files, os::Clock& clock, telemetry::Metrics& metrics,
                const TakeoutRequest& request, const TakeoutWatch& watch)
      : session_(session),
        files_(files),
        clock_(clock),
        metrics_(metrics),
        request_(request),
        watch_(watch),
        rows_stored_(
            metrics.counter("dplake_takeout_rows_total", "Rows parsed from Takeout exports and committed")),
        ledger_(session) {}

  Result<TakeoutReport> run() {
    if (request_.paths.empty()) return Error(ErrorCode::kInvalidArgument, "there is no path to import");
    if (!request_.time_zone.empty() && !takeout::offset_at(request_.time_zone, 0))
      return Error(ErrorCode::kInvalidArgument, "there is no rule for the time zone " + request_.time_zone);
    LAKE_TRY(const auto paths, find_parts());
    LAKE_CHECK_OK(ledger_.open(request_.paths, clock_.wall_micros()));
    report_.import_id = ledger_.import_id();
    for (const auto& path : paths) {
      auto done = import_path(path);
      if (done) continue;
      ignore(ledger_.end_run(done.error().code() == ErrorCode::kCancelled ? "cancelled" : "failed", drift_,
                             clock_.wall_micros()),
             "the first error is the one to tell");
      return done.error();
    }
    LAKE_CHECK_OK(make_takeout_views(session_));
    LAKE_CHECK_OK(ledger_.end_run("complete", drift_, clock_.wall_micros()));
    if (!part_ids_.empty()) LAKE_CHECK_OK(fill_takeout_report(session_, part_ids_, report_));
    return std::move(report_);
  }

  /// A batch is full in the middle of an entry.
  Status take(takeout::Batch& batch, const takeout::ElementCounts& counts_so_far) override {
    entry_.counts = total(counts_so_far);
    LAKE_CHECK_OK(commit(batch, &entry_));
    return tell();
  }

 private:
  /// The parts that the paths name; of a folder with archives of an export in it, those.
  Result<std::vector<std::string>> find_parts() {
    std::vector<std::string> parts;
    for (const auto& path : request_.paths) {
      LAKE_TRY(auto absolute, files_.canonical(path));
      LAKE_TRY(const auto info, files_.stat(absolute));
      std::vector<std::string> inside;
      if (info.kind == os::FileKind::kDirectory) {
        LAKE_TRY(const auto entries, files_.list(absolute));
        for (const auto& entry : entries) {
          const bool is_archive =
              entry.name.ends_with(".zip") || entry.name.ends_with(".tgz") || entry.name.ends_with(".tar.gz");
          if (is_archive && !parse_export_name(entry.name).export_id.empty())
            inside.push_back(os::join_path(absolute, entry.name));
        }
        std::sort(inside.begin(), inside.end());
      }
      if (inside.empty()) inside.push_back(std::move(absolute));
      for (auto& each : inside) {
        if (std::find(parts.begin(), parts.end(), each) == parts.end()) parts.push_back(std::move(each));
      }
    }
    return parts;
  }

  [[nodiscard]] PartRecord describe(const std::string& path, const archive::Summary& summary) const {
    PartRecord part;
    part.path = path;
    part.name = os::file_name(path);
    part.kind = archive::name_of(summary.kind);
    part.bytes = summary.bytes;
    part.directory_digest = summary.directory_digest;
    part.modified_us = summary.modified_micros;
    part.entry_count = summary.entry_count;
    part.content_bytes = summary.content_bytes;
    const auto name = parse_export_name(part.name);
    part.export_id = name.export_id.empty() ? part.name : name.export_id;
    part.export_us = name.export_us != 0 ? name.export_us : summary.modified_micros;
    if (name.part_number > 0) part.part_number = name.part_number;
    if (summary.salvaged) {  // local headers are walked: what a directory said is unknown
      part.entry_count.reset();
      part.content_bytes.reset();
      part.directory_digest.reset();
    }
    return part;
  }

  Status import_path(const std::string& path) {
    archive::OpenOptions options;
    options.salvage = true;
    auto container = archive::Container::open(files_, metrics_, path, options);
    if (!container) {
      part_ = {};
      part_.path = path;
      part_.name = os::file_name(path);
      part_.state = "failed";
      part_.reason = container.error().message();
      report_.parts.push_back({path, "", "failed", 0, part_.reason});
      return ledger_.begin_part(part_);
    }
    part_ = describe(path, (*container)->summary());
    known_.reset();
    if (!request_.force) {
      LAKE_TRY(known_, ledger_.find(part_));
    }
    if (known_ && known_->part.state != "reading") {
      remember(known_->part.part_id);
      report_.parts.push_back({path, part_.kind, "known", part_.entry_count.value_or(0),
                               "imported before as part " + std::to_string(known_->part.part_id)});
      return ok();
    }
    if (known_) {
      part_.part_id = known_->part.part_id;
      part_.export_us = known_->part.export_us;
    } else {
      LAKE_CHECK_OK(ledger_.begin_part(part_));
    }
    remember(part_.part_id);
    return import_entries(**container);
  }

  void remember(std::int64_t part_id) {
    part_ids_ += (part_ids_.empty() ? "" : ", ") + std::to_string(part_id);
  }

  Status import_entries(archive::Container& container) {
    LAKE_TRY(const auto cursor, container.entries());
    std::uint64_t met = 0;
    part_.state = "complete";
    if (container.summary().salvaged) part_.reason = container.summary().salvaged->what;
    while (true) {
      auto entry = cursor->next();
      if (!entry) {
        part_.state = "partial";
        part_.reason = entry.error().message();
        break;
      }
      if (!*entry) break;
      // The directories of a folder are its shape, those of an archive are entries.
      if (container.summary().kind == archive::ContainerKind::kFolder &&
          (*entry)->kind == archive::EntryKind::kDirectory)
        continue;
      ++met;
      LAKE_CHECK_OK(import_entry(container, *cursor, **entry));
    }
    LAKE_CHECK_OK(commit(batch_, nullptr));
    if (!part_.entry_count) part_.entry_count = met;
    LAKE_CHECK_OK(ledger_.end_part(part_));
    report_.parts.push_back({part_.path, part_.kind, part_.state, met, part_.reason});
    return ok();
  }

  [[nodiscard]] bool is_done(const archive::Entry& entry) const {
    return known_ && entry.index < known_->done.size() && known_->done[entry.index];
  }

  void begin_record(archive::Container& container, const archive::Entry& entry) {
    entry_ = {};
    base_ = {};
    if (known_ && known_->reading && known_->reading->entry_index == entry.index) {
      entry_ = *known_->reading;
      base_ = entry_.counts;
    } else {
      entry_.entry_id = ledger_.next_entry_id();
    }
    entry_.part_id = part_.part_id;
    entry_.entry_index = entry.index;
    entry_.name = entry.name;
    entry_.entry_kind = archive::name_of(entry.kind);
    entry_.bytes = entry.bytes;
    entry_.stored_bytes = entry.stored_bytes;
    entry_.method = entry.method;
    entry_.is_verbatim = entry.is_verbatim;
    entry_.crc32 = entry.crc32;
    if (const auto range = container.stored_range(entry)) entry_.stored_offset = range->offset;
  }

  Status import_entry(archive::Container& container, archive::EntryCursor& cursor,
                      const archive::Entry& entry) {
    if (is_done(entry)) return ok();
    const auto began = clock_.monotonic_now();
    begin_record(container, entry);
    if (entry.kind == archive::EntryKind::kDirectory) {
      end_record(EntryState::kEmpty, "");
    } else if (entry.kind != archive::EntryKind::kFile) {
      end_record(EntryState::kSpecial, "a " + entry_.entry_kind + ", which is never followed");
    } else {
      auto reader = cursor.open_current();
      if (!reader) {
        end_record(entry.flaw ? takeout::state_of(entry.flaw->flaw) : EntryState::kPartial,
                   reader.error().message());
      } else {
        LAKE_CHECK_OK(read_content(**reader, entry.is_salvaged));
      }
    }
    entry_.took_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic_now() - began).count();
    done_.push_back(entry_);
    bytes_done_ += done_.back().bytes.value_or(0);
    if (done_.size() >= kPendingEntriesMax || batch_.bytes() >= request_.batch_bytes_max ||
        batch_.row_count() >= request_.batch_rows_max)
      LAKE_CHECK_OK(commit(batch_, nullptr));
    return tell();
  }

  Status read_content(archive::EntryReader& reader, bool is_salvaged) {
    EntryContent content(reader);
    if (content.head().empty() && !content.failure()) {
      entry_.bytes = 0;
      end_record(EntryState::kEmpty, "");
      return ok();
    }
    const takeout::EntryHead head(entry_.name, content.head(), content.is_whole());
    takeout::Certainty by{};
    const auto* product = takeout::product_for(head, by);
    takeout::ParseEnd end;
    auto state = EntryState::kBlobOnly;
    if (product != nullptr) {
      LAKE_TRY(end, parse(*product, by, head, content));
      state = product->is_generic ? EntryState::kGeneric : EntryState::kTyped;
    }
    content.drain();
    entry_.bytes_unparsed = end.is_complete ? 0 : content.bytes() - std::min(content.bytes(), end.offset);
    if (const auto& finding = reader.finding()) {
      end_record(takeout::state_of(finding->flaw), finding->what);
    } else if (content.failure()) {
      end_record(EntryState::kPartial, content.failure()->message());
    } else {
      entry_.bytes = content.bytes();
      entry_.content_hash = content.hash();
      end_content(end, state, is_salvaged);
      if (entry_.state == EntryState::kBlobOnly) entry_.reason = takeout::advice_for(head);
    }
    return ok();
  }

  void end_content(const takeout::ParseEnd& end, EntryState state, bool is_salvaged) {
    if (!end.is_complete) {
      end_record(EntryState::kPartial, end.reason + ", from byte " + std::to_string(end.offset) + " on");
    } else if (ledger_.is_known_content(entry_)) {
      end_record(EntryState::kDuplicateEntry, "");
    } else {
      end_record(is_salvaged ? EntryState::kSalvaged : state, "");
    }
  }

  void end_record(EntryState state, std::string reason) {
    entry_.state = state;
    entry_.reason = std::move(reason);
  }

  [[nodiscard]] takeout::ElementCounts total(const takeout::ElementCounts& counts) const {
    auto sum = counts;
    sum.elements += base_.elements;
    sum.rejected += base_.rejected;
    sum.repaired += base_.repaired;
    sum.rows += base_.rows;
    sum.next_offset = std::max(sum.next_offset, base_.next_offset);
    return sum;
  }

  Result<takeout::ParseEnd> parse(const takeout::Product& product, takeout::Certainty by,
                                  const takeout::EntryHead& head, EntryContent& content) {
    entry_.product = product.product.empty() ? takeout::product_folder(entry_.name) : product.product;
    entry_.classified_as = product.name;
    entry_.classified_by = takeout::name_of(by);
    entry_.parser_version = product.version;
    takeout::EntrySink sink(
        {.entry_id = entry_.entry_id, .export_us = part_.export_us, .resume_offset = base_.next_offset},
        batch_, drift_, *this, request_.batch_bytes_max, request_.batch_rows_max);
    LAKE_TRY(auto end, product.parse(head, {.time_zone = request_.time_zone}, content, sink));
    entry_.counts = total(sink.counts());
    return end;
  }

  Status commit(takeout::Batch& batch, EntryRecord* reading) {
    const auto rows = batch.row_count();
    LAKE_CHECK_OK(ledger_.commit(batch, done_, reading));
    rows_stored_.add(rows);
    rows_done_ += rows;
    return ok();
  }

  Status tell() {
    if (watch_ &&
        !watch_({part_.name, entry_.name, bytes_done_, part_.content_bytes.value_or(0), rows_done_}))
      return Error(ErrorCode::kCancelled, "the import was cancelled; started again it goes on where it was");
    return ok();
  }

  query::Session& session_;
  os::FileSystem& files_;
  os::Clock& clock_;
  telemetry::Metrics& metrics_;
  const TakeoutRequest& request_;
  const TakeoutWatch& watch_;
  telemetry::Counter& rows_stored_;
  TakeoutLedger ledger_;
  TakeoutReport report_;
  takeout::SchemaDrift drift_;
  takeout::Batch batch_;
  PartRecord part_;
  std::optional<KnownPart> known_;
  std::string part_ids_;
  std::vector<EntryRecord> done_;  // not committed yet
  EntryRecord entry_;              // the one being read
  takeout::ElementCounts base_;    // what an earlier run stored of it
  std::uint64_t bytes_done_ = 0;
  std::uint64_t rows_done_ = 0;
};

}  // namespace

ExportName parse_export_name(std::string_view file_name) {
  // takeout-20240425T101500Z-[1-]003.zip
  constexpr std::string_view kPrefix = "takeout-";
  constexpr std::size_t kTimeBytes = 16;
  if (!file_name.starts_with(kPrefix) || file_name.size() < kPrefix.size() + kTimeBytes) return {};
  const auto stamp = file_name.substr(kPrefix.size(), kTimeBytes);
  if (stamp[8] != 'T' || stamp[15] != 'Z') return {};
  std::string iso(stamp.substr(0, 4));
  iso += "-" + std::string(stamp.substr(4, 2)) + "-" + std::string(stamp.substr(6, 2)) + "T" +
         std::string(stamp.substr(9, 2)) + ":" + std::string(stamp.substr(11, 2)) + ":" +
         std::string(stamp.substr(13, 2)) + "Z";
  const auto time = takeout::parse_iso(iso);
  if (!time) return {};
  ExportName name{std::string(file_name.substr(0, kPrefix.size() + kTimeBytes)), time->micros, 0};
  auto rest = file_name.substr(kPrefix.size() + kTimeBytes);
  rest = rest.substr(0, rest.find('.'));
  const auto dash = rest.rfind('-');
  if (dash == std::string_view::npos) return name;
  for (const char c : rest.substr(dash + 1)) {
    if (c < '0' || c > '9' || name.part_number > 100'000) {
      name.part_number = 0;
      break;
    }
    name.part_number = name.part_number * 10 + (c - '0');
  }
  return name;
}

Result<TakeoutReport> import_takeout(query::Session& session, os::FileSystem& files, os::Clock& clock,
                                     telemetry::Metrics& metrics, const TakeoutRequest& request,
                                     const TakeoutWatch& watch) {
  return TakeoutImport(session, files, clock, metrics, request, watch).run();
}

}  // namespace lake::ingest
