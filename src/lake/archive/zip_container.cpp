#include "lake/archive/zip_container.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lake::archive {
namespace {

using Zip = ZipContainer::Zip;

/// Flaws that leave something to read.
bool can_begin(const Entry& entry) {
  return !entry.flaw || entry.flaw->flaw == Flaw::kTruncated || entry.flaw->flaw == Flaw::kDamaged;
}

class ZipCursor final : public EntryCursor {
 public:
  explicit ZipCursor(std::shared_ptr<const Zip> zip) : zip_(std::move(zip)), scan_(zip_->file, *zip_->end) {}

  Result<std::optional<Entry>> next() override {
    if (finding_) return error_of(*finding_, zip_->file->path());
    current_.reset();
    auto record = scan_.next();
    if (!record) {
      finding_ = std::move(record).error();
      return error_of(*finding_, zip_->file->path());
    }
    if (!*record) return std::optional<Entry>();
    current_ = entry_of(**record);
    return current_;
  }

  Result<std::unique_ptr<EntryReader>> open_current() override {
    if (!current_) return Error(ErrorCode::kInvalidArgument, "archive: the cursor is at no entry");
    return zip_->open_entry(*current_);
  }

 private:
  [[nodiscard]] Entry entry_of(const CentralRecord& record) const;
  [[nodiscard]] std::optional<Finding> flaw_of(const Entry& entry, const CentralRecord& record) const;

  std::shared_ptr<const Zip> zip_;
  DirectoryScan scan_;
  std::optional<Entry> current_;
};

Entry ZipCursor::entry_of(const CentralRecord& record) const {
  Entry entry;
  entry.index = scan_.count() - 1;
  set_zip_name(entry, record.name, record.flags, record.extra);
  entry.kind = zip_kind(record.name, record.made_by, record.attributes);
  entry.modified = zip_time(record.dos_date, record.dos_time, record.extra);
  entry.bytes = record.content_bytes;
  entry.stored_bytes = record.stored_bytes;
  entry.crc32 = record.crc;
  entry.method = record.method;
  entry.flags = record.flags;
  entry.header_offset = zip_->end->leading_bytes + record.header_offset;
  const auto index = static_cast<std::size_t>(entry.index);
  entry.repeats_name = index < zip_->index.repeated.size() && zip_->index.repeated[index];
  entry.flaw = flaw_of(entry, record);
  entry.is_verbatim = record.method == kMethodStored && !entry.flaw;
  return entry;
}

std::optional<Finding> ZipCursor::flaw_of(const Entry& entry, const CentralRecord& record) const {
  const std::uint64_t at = scan_.record_offset();
  const auto index = static_cast<std::size_t>(entry.index);
  if (index >= zip_->index.outside.size())
    return Finding(Flaw::kUnstable, at, "the directory has grown since it was checked");
  if (record.disk != 0) return Finding(Flaw::kSpanned, at, "the entry lies on another disk");
  if (zip_->index.outside[index])
    return Finding(Flaw::kHeaderMismatch, at,
                   "the entry reaches into the central directory or beyond the file");
  if (zip_->index.overlapping[index])
    return Finding(Flaw::kOverlap, at, "the entry shares stored bytes with another one");
  if (auto finding = unreadable(record.flags, record.method, at)) return finding;
  if (record.method == kMethodStored && record.stored_bytes != record.content_bytes)
    return Finding(Flaw::kSizeMismatch, at, "a stored entry declares two sizes");
  if (!zip_->bounds.allows_ratio(record.content_bytes, record.stored_bytes))
    return Finding(
        Flaw::kBound, at,
        fmt::format("the entry declares {} bytes of content in {} stored bytes, more than {} times",
                    record.content_bytes, record.stored_bytes, zip_->bounds.ratio_max));
  return std::nullopt;
}

/// Why a local header contradicts the entry; nothing when it does not.
std::optional<std::string> contradiction(const Entry& entry, const LocalHeader& header) {
  if (header.name != entry.name_bytes())
    return fmt::format("the local header has another name: {}", printable_name(header.name));
  if (header.method != entry.method)
    return fmt::format("the local header has method {}, the directory {}", header.method, entry.method);
  if (((header.flags ^ entry.flags) & kFlagEncrypted) != 0)
    return "local header and directory disagree on encryption";
  // With a descriptor the header was written before the sizes were known: zeros, or the right ones.
  const bool later = (header.flags & kFlagDescriptor) != 0;
  const auto agrees = [later](std::uint64_t local, std::uint64_t declared) {
    return local == declared || (later && (local == 0 || local == kSaturated32));
  };
  if (entry.is_salvaged) return std::nullopt;
  if (!agrees(header.stored_bytes, entry.stored_bytes) ||
      !agrees(header.content_bytes, entry.bytes.value_or(0)) ||
      !(header.crc == entry.crc32.value_or(0) || (later && header.crc == 0))) {
    return "local header and directory disagree on size or CRC-32";
  }
  return std::nullopt;
}

}  // namespace

Error Zip::error(const Finding& finding, const Entry& entry) const {
  return error_of(finding, file->path(), entry.name);
}

Sound<ByteRange> Zip::locate(const Entry& entry) const {
  auto header = read_local_header(*file, entry.header_offset);
  if (!header) return std::move(header).error();
  if (const auto why = contradiction(entry, *header))
    return Finding(Flaw::kHeaderMismatch, entry.header_offset, *why);
  const ByteRange range{entry.header_offset + header->header_bytes, entry.stored_bytes};
  const std::uint64_t room_end = end ? index.room_end(entry.header_offset, *end) : file->bytes();
  const bool cut = entry.flaw && can_begin(entry);  // salvaged: what is there is given
  if (!cut && (range.offset > room_end || range.bytes > room_end - range.offset))
    return Finding(Flaw::kOverlap, entry.header_offset,
                   "by its local header the entry reaches into the next one or beyond the file");
  return range;
}

Result<std::unique_ptr<EntryReader>> Zip::open_entry(const Entry& entry) const {
  if (!can_begin(entry)) return error(*entry.flaw, entry);
  if (end && index.readable_bytes > bounds.content_bytes_max)
    return error(Finding(Flaw::kBound, end->directory_offset,
                         fmt::format("the zip has up to {} bytes of content, allowed are {}",
                                     index.readable_bytes, bounds.content_bytes_max)),
                 entry);
  if (auto finding = unreadable(entry.flags, entry.method, entry.header_offset))
    return error(*finding, entry);
  const auto range = locate(entry);
  if (!range) return error(range.error(), entry);
  std::unique_ptr<ByteSource> source;
  // Some writers call what is empty compressed and store nothing, not even an empty stream.
  const bool nothing = entry.stored_bytes == 0 && entry.bytes == 0U;
  if (entry.method == kMethodStored || nothing)
    source = std::make_unique<RangeSource>(file, *range);
  else
    source = std::make_unique<InflateSource>(file, *range);
  return std::make_unique<EntryReader>(std::move(source),
                                       EntryReader::Expectation{.archive = file->path(),
                                                                .entry = entry.name,
                                                                .bytes = entry.bytes,
                                                                .crc32 = entry.crc32,
                                                                .stored_bytes = entry.stored_bytes,
                                                                .flaw = entry.flaw,
                                                                .bounds = bounds,
                                                                .unchanged = file,
                                                                .content_bytes = content_counter});
}

Result<std::unique_ptr<EntryReader>> Zip::open_stored(const Entry& entry) const {
  const auto range = locate(entry);
  if (!range) return error(range.error(), entry);
  return std::make_unique<EntryReader>(std::make_unique<RangeSource>(file, *range),
                                       EntryReader::Expectation{.archive = file->path(),
                                                                .entry = entry.name,
                                                                .bytes = range->bytes,
                                                                .crc32 = std::nullopt,
                                                                .stored_bytes = range->bytes,
                                                                .flaw = std::nullopt,
                                                                .bounds = bounds,
                                                                .unchanged = file,
                                                                .content_bytes = nullptr});
}

Result<std::unique_ptr<Container>> ZipContainer::open(ArchiveFilePtr file, telemetry::Metrics& metrics,
                                                      const OpenOptions& options) {
  auto container = std::make_unique<ZipContainer>();
  Zip& zip = *container->zip_;
  zip.file = std::move(file);
  zip.bounds = options.bounds;
  zip.content_counter = &content_counter(metrics);
  container->path_ = zip.file->path();
  Summary& summary = container->summary_;
  summary.kind = ContainerKind::kZip;
  summary.bytes = zip.file->bytes();
  summary.modified_micros = zip.file->modified_micros();
  auto end = find_zip_end(*zip.file);
  auto index = end ? index_directory(zip.file, *end, options.bounds) : Sound<ZipIndex>(end.error());
  if (index) {
    summary.entry_count = index->repeated.size();
    summary.content_bytes = index->content_bytes;
    summary.stored_bytes = index->stored_bytes;
    summary.directory_digest = index->digest;
    summary.comment = end->comment;
    summary.leading_bytes = end->leading_bytes;
    summary.trailing_bytes = end->trailing_bytes;
    summary.is_zip64 = end->is_zip64;
    zip.end = std::move(*end);
    zip.index = std::move(*index);
    return container;
  }
  const Finding& why = index.error();
  const bool directory_lost = why.flaw == Flaw::kTruncated || why.flaw == Flaw::kDamaged;
  if (!options.salvage || !directory_lost) return error_of(why, zip.file->path());
  zip.salvaged = why;
  summary.salvaged = why;
  return container;
}

Result<std::unique_ptr<EntryCursor>> ZipContainer::entries() {
  if (!zip_->end) return salvage_cursor(zip_);
  return std::make_unique<ZipCursor>(zip_);
}

Result<std::unique_ptr<EntryReader>> ZipContainer::open_entry(const Entry& entry) {
  return zip_->open_entry(entry);
}
Result<std::unique_ptr<EntryReader>> ZipContainer::open_stored(const Entry& entry) {
  return zip_->open_stored(entry);
}

void ZipContainer::prefetch(const Entry& entry) {
  constexpr std::uint64_t kHeaderBytes = 512;  // about; what its page has besides comes with it
  zip_->file->prefetch(entry.header_offset,
                       std::min(entry.stored_bytes, kPrefetchBytesMax - kHeaderBytes) + kHeaderBytes);
}

Result<ByteRange> ZipContainer::stored_range(const Entry& entry) {
  auto range = zip_->locate(entry);
  if (!range) return zip_->error(range.error(), entry);
  return *range;
}

Status ZipContainer::check_unchanged() {
  if (auto unchanged = zip_->file->check_unchanged(); !unchanged)
    return error_of(unchanged.error(), zip_->file->path());
  return ok();
}

}  // namespace lake::archive
