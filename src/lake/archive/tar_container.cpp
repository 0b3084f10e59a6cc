#include "lake/archive/tar_container.hpp"

#include <algorithm>

#include "lake/archive/gzip_source.hpp"
#include "lake/archive/tar_stream.hpp"

namespace lake::archive {
namespace {

using Tar = TarContainer::Tar;

/// Content of the member that a stream is at.
class MemberSource final : public ByteSource {
 public:
  explicit MemberSource(std::shared_ptr<TarStream> stream)
      : stream_(std::move(stream)), member_(stream_->member()) {}
  Sound<std::size_t> read(std::span<std::byte> out) override {
    if (stream_->member() != member_) {
      return Finding(Error(ErrorCode::kInvalidArgument, "the cursor has moved on from the entry being read"),
                     stream_->position());
    }
    return stream_->read_content(out);
  }
  [[nodiscard]] std::uint64_t file_offset() const override { return stream_->position(); }

 private:
  std::shared_ptr<TarStream> stream_;
  std::uint64_t member_;
};

/// Content at a place of a compressed tar, decompressed from the start of the file.
class DistantSource final : public ByteSource {
 public:
  DistantSource(std::unique_ptr<ByteSource> tar, const Entry& entry)
      : tar_(std::move(tar)), offset_(entry.data_offset), left_(entry.stored_bytes) {}
  Sound<std::size_t> read(std::span<std::byte> out) override {
    if (position_ < offset_) {
      auto passed = tar_->skip(offset_ - position_);
      if (!passed) return std::move(passed).error();
      position_ += *passed;
      if (position_ < offset_) return Finding(Flaw::kTruncated, position_, "the tar ends before the entry");
    }
    out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_)));
    if (out.empty()) return std::size_t{0};
    auto count = tar_->read(out);
    if (!count) return std::move(count).error();
    if (*count == 0)
      return Finding(Flaw::kTruncated, position_, "the tar ends inside the content of an entry");
    position_ += *count;
    left_ -= *count;
    return *count;
  }
  [[nodiscard]] std::uint64_t file_offset() const override { return position_; }

 private:
  std::unique_ptr<ByteSource> tar_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::uint64_t position_ = 0;
};

class TarCursor final : public EntryCursor {
 public:
  explicit TarCursor(std::shared_ptr<const Tar> tar)
      : tar_(std::move(tar)), stream_(std::make_shared<TarStream>(tar_->source(), tar_->bounds)) {}

  Result<std::optional<Entry>> next() override {
    if (finding_) return error_of(*finding_, tar_->file->path());
    current_.reset();
    auto entry = stream_->next();
    if (!entry) {
      finding_ = std::move(entry).error();
      return error_of(*finding_, tar_->file->path());
    }
    if (!*entry) return std::optional<Entry>();
    current_ = std::move(**entry);
    const bool beyond = current_->data_offset > tar_->file->bytes() ||
                        current_->stored_bytes > tar_->file->bytes() - current_->data_offset;
    if (!tar_->is_gzip && !current_->flaw && beyond)
      current_->flaw = Finding(Flaw::kTruncated, tar_->file->bytes(), "the file ends inside the entry");
    current_->is_verbatim = !tar_->is_gzip && !current_->flaw;
    opened_ = false;
    return current_;
  }

  Result<std::unique_ptr<EntryReader>> open_current() override {
    if (!current_ || opened_)
      return Error(ErrorCode::kInvalidArgument,
                   "archive: the cursor is at no entry, or it was opened already");
    if (!tar_->is_gzip) return tar_->open_range(*current_);
    if (current_->flaw) return error_of(*current_->flaw, tar_->file->path(), current_->name);
    opened_ = true;
    return tar_->reader(std::make_unique<MemberSource>(stream_), *current_);
  }

 private:
  std::shared_ptr<const Tar> tar_;
  std::shared_ptr<TarStream> stream_;
  std::optional<Entry> current_;
  bool opened_ = false;
};

Error not_ours(const Entry& entry) {
  return {ErrorCode::kInvalidArgument, "archive: not an entry of this tar: " + printable_name(entry.name)};
}

}  // namespace

std::unique_ptr<ByteSource> Tar::source() const {
  if (is_gzip) return std::make_unique<GzipSource>(file, bounds);
  return std::make_unique<RangeSource>(file, ByteRange{0, file->bytes()});
}

std::unique_ptr<EntryReader> Tar::reader(std::unique_ptr<ByteSource> content, const Entry& entry) const {
  return std::make_unique<EntryReader>(std::move(content),
                                       EntryReader::Expectation{.archive = file->path(),
                                                                .entry = entry.name,
                                                                .bytes = entry.stored_bytes,
                                                                .crc32 = std::nullopt,
                                                                .stored_bytes = entry.stored_bytes,
                                                                .flaw = entry.flaw,
                                                                .bounds = bounds,
                                                                .unchanged = file,
                                                                .content_bytes = content_counter});
}

Result<std::unique_ptr<EntryReader>> Tar::open_range(const Entry& entry) const {
  if (entry.flaw && entry.flaw->flaw != Flaw::kTruncated)
    return error_of(*entry.flaw, file->path(), entry.name);
  if (entry.data_offset < entry.header_offset + kTarBlockBytes) return not_ours(entry);
  return reader(std::make_unique<RangeSource>(file, ByteRange{entry.data_offset, entry.stored_bytes}), entry);
}

Result<std::unique_ptr<Container>> TarContainer::open(ArchiveFilePtr file, telemetry::Metrics& metrics,
                                                      const OpenOptions& options, bool is_gzip) {
  auto container = std::make_unique<TarContainer>();
  container->path_ = file->path();
  container->summary_.kind = is_gzip ? ContainerKind::kTarGzip : ContainerKind::kTar;
  container->summary_.bytes = file->bytes();
  container->summary_.modified_micros = file->modified_micros();
  *container->tar_ = {.file = std::move(file),
                      .bounds = options.bounds,
                      .content_counter = &content_counter(metrics),
                      .is_gzip = is_gzip};
  return container;
}

Result<std::unique_ptr<EntryCursor>> TarContainer::entries() { return std::make_unique<TarCursor>(tar_); }

Result<std::unique_ptr<EntryReader>> TarContainer::open_entry(const Entry& entry) {
  if (!tar_->is_gzip) return tar_->open_range(entry);
  if (entry.flaw) return error_of(*entry.flaw, path_, entry.name);
  if (entry.data_offset < entry.header_offset + kTarBlockBytes) return not_ours(entry);
  return tar_->reader(std::make_unique<DistantSource>(tar_->source(), entry), entry);
}

Result<std::unique_ptr<EntryReader>> TarContainer::open_stored(const Entry& entry) {
  Entry as_stored = entry;  // of a sparse entry the parts between its holes
  if (as_stored.flaw && as_stored.flaw->flaw == Flaw::kSparse) as_stored.flaw.reset();
  return open_entry(as_stored);
}

Result<ByteRange> TarContainer::stored_range(const Entry& entry) {
  if (tar_->is_gzip)
    return Error(ErrorCode::kUnsupported,
                 "archive: entries of a compressed tar have no bytes of their own in the file: " + path_);
  if (entry.data_offset < entry.header_offset + kTarBlockBytes) return not_ours(entry);
  return ByteRange{entry.data_offset, entry.stored_bytes};
}

Status TarContainer::check_unchanged() {
  if (auto unchanged = tar_->file->check_unchanged(); !unchanged) return error_of(unchanged.error(), path_);
  return ok();
}

}  // namespace lake::archive
