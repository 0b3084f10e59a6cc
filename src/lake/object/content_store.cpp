#include "lake/object/content_store.hpp"

#include <algorithm>

#include "lake/archive/archive_file.hpp"
#include "lake/archive/byte_source.hpp"

namespace lake::object {

namespace {

/// What objects' names begin with where places of packs begin with kPackPlace.
constexpr std::string_view kPackObjects = "packs/";

/// Content in order, from wherever it lies.
class Bytes {
 public:
  virtual ~Bytes() = default;
  /// Fills `out`; fewer only at the end.
  virtual Result<std::size_t> read(std::span<std::byte> out) = 0;
};

class ObjectBytes final : public Bytes {
 public:
  ObjectBytes(std::unique_ptr<ObjectReader> reader, std::uint64_t offset)
      : reader_(std::move(reader)), offset_(offset) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    LAKE_TRY(const auto count, reader_->read(offset_, out));
    offset_ += count;
    return count;
  }

 private:
  const std::unique_ptr<ObjectReader> reader_;
  std::uint64_t offset_;
};

class ArchiveBytes final : public Bytes {
 public:
  ArchiveBytes(std::string path, std::unique_ptr<archive::ByteSource> source)
      : path_(std::move(path)), source_(std::move(source)) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    const auto count = archive::read_full(*source_, out);
    if (!count) return archive::error_of(count.error(), path_);
    return *count;
  }

 private:
  const std::string path_;
  const std::unique_ptr<archive::ByteSource> source_;
};

/// `path`: of the range's archive, absolute.
Result<std::unique_ptr<Bytes>> open_range(os::FileSystem& files, telemetry::Metrics& metrics,
                                          const std::string& path, const ArchiveRange& range,
                                          std::uint64_t offset) {
  auto file = archive::ArchiveFile::open(files, metrics, path, os::OpenMode::kRead);
  if (!file && file.error().code() == ErrorCode::kNotFound)
    return Error(ErrorCode::kUnavailable, "these bytes lie in an archive that is not where it was: " + path);
  if (!file) return file.error();
  std::unique_ptr<archive::ByteSource> source;
  if (range.is_deflated) {
    source =
        std::make_unique<archive::InflateSource>(*file, archive::ByteRange{range.offset, range.stored_bytes});
  } else {
    source =
        std::make_unique<archive::RangeSource>(*file, archive::ByteRange{range.offset, range.stored_bytes});
  }
  const auto skipped = source->skip(offset);
  if (!skipped) return archive::error_of(skipped.error(), path);
  return std::unique_ptr<Bytes>(std::make_unique<ArchiveBytes>(path, std::move(source)));
}

class VerifiedReader final : public ContentReader {
 public:
  VerifiedReader(ContentSums sums, std::string where, std::unique_ptr<Bytes> bytes, std::uint64_t offset,
                 std::uint64_t count, telemetry::Counter& damaged)
      : sums_(std::move(sums)),
        where_(std::move(where)),
        bytes_(std::move(bytes)),
        chunk_(offset / kChunkBytes),
        skip_(static_cast<std::size_t>(offset % kChunkBytes)),
        left_(count),
        damaged_(damaged) {}

  Result<std::span<const std::byte>> next() override {
    if (left_ == 0) return std::span<const std::byte>();
    const auto begin = chunk_ * kChunkBytes;
    buffer_.resize(static_cast<std::size_t>(std::min(kChunkBytes, sums_.bytes - begin)));
    auto count = bytes_->read(buffer_);
    if (!count && count.error().code() != ErrorCode::kCorruption) return count.error();
    const bool good = count && *count == buffer_.size() &&
                      codec::xxh3_64({reinterpret_cast<const char*>(buffer_.data()), buffer_.size()}) ==
                          sums_.chunks[static_cast<std::size_t>(chunk_)];
    if (!good) {
      damaged_.add();
      return Error(ErrorCode::kCorruption, "the stored bytes are not what was written: " + sums_.name() +
                                               " from byte " + std::to_string(begin) + " on, in " + where_);
    }
    const std::span<const std::byte> all(buffer_);
    const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, all.size() - skip_));
    const auto piece = all.subspan(skip_, taken);
    left_ -= taken;
    skip_ = 0;
    ++chunk_;
    return piece;
  }

 private:
  const ContentSums sums_;
  const std::string where_;
  const std::unique_ptr<Bytes> bytes_;
  std::uint64_t chunk_;
  std::size_t skip_;  // of the next chunk
  std::uint64_t left_;
  telemetry::Counter& damaged_;
  std::vector<std::byte> buffer_;
};

}  // namespace

std::string object_name_of(const std::string& content_name) {
  return content_name.substr(0, 2) + "/" + content_name.substr(2, 2) + "/" + content_name;
}

std::string pack_place_of(std::span<const SmallContent* const> contents) {
  codec::Sha256Stream hash;
  for (const auto* each : contents) hash.update(std::as_bytes(std::span(each->sums.hash)));
  const auto name = codec::hex_of(hash.digest());
  return std::string(kPackPlace) + name.substr(0, 2) + "/" + name;
}

std::string pack_object_of(const std::string& place) {
  return std::string(kPackObjects) + place.substr(kPackPlace.size());
}

Status ContentWriter::write(std::span<const std::byte> bytes) {
  LAKE_CHECK_OK(writer_->write(bytes));
  summer_.update(bytes);
  return ok();
}

Result<StoredContent> ContentWriter::finish(bool replace) {
  StoredContent stored;
  stored.sums = summer_.sums();
  const auto name = stored.sums.name();
  stored.lease = leases_.hold(name);
  const auto object = object_name_of(name);
  const auto there = objects_.head(object);
  if (!there && there.error().code() != ErrorCode::kNotFound) return there.error();
  if (there && there->bytes == stored.sums.bytes && !replace) {
    writer_.reset();
    return stored;
  }
  LAKE_CHECK_OK(writer_->commit(object));
  writer_.reset();
  stored.is_new = !there;
  return stored;
}

ContentStore::ContentStore(ObjectStore& objects, os::FileSystem& files, telemetry::Metrics& metrics,
                           std::string lake_directory)
    : objects_(objects),
      files_(files),
      metrics_(metrics),
      damaged_(metrics.counter("dplake_blob_corruptions_total",
                               "Reads of blobs that met other bytes than were written")),
      lake_directory_(std::move(lake_directory)) {}

std::string ContentStore::kept_path(const std::string& path) const {
  const auto below = lake_directory_ + "/";
  return lake_directory_.empty() || !path.starts_with(below) ? path : path.substr(below.size());
}

Result<std::unique_ptr<ContentWriter>> ContentStore::create() {
  LAKE_TRY(auto writer, objects_.create());
  return std::make_unique<ContentWriter>(objects_, leases_, std::move(writer));
}

Result<std::unique_ptr<ContentReader>> ContentStore::read(const ContentSums& sums, const ContentPlace& place,
                                                          std::uint64_t offset, std::uint64_t bytes) {
  const auto chunk_count = (sums.bytes + kChunkBytes - 1) / kChunkBytes;
  if (sums.chunks.size() != chunk_count)
    return Error(ErrorCode::kCorruption, "the sums of " + sums.name() + " are not of its length");
  if (offset > sums.bytes || bytes > sums.bytes - offset)
    return Error(ErrorCode::kInvalidArgument, "the range is not within the content");
  const auto begin = offset - offset % kChunkBytes;
  std::unique_ptr<Bytes> source;
  std::string where;
  if (place && is_in_pack(*place)) {
    where = place->path;
    LAKE_TRY(auto reader, objects_.open(pack_object_of(where)));
    source = std::make_unique<ObjectBytes>(std::move(reader), place->offset + begin);
  } else if (place) {
    where = place->path.starts_with('/') ? place->path : os::join_path(lake_directory_, place->path);
    LAKE_TRY(source, open_range(files_, metrics_, where, *place, begin));
  } else {
    where = object_name_of(sums.name());
    LAKE_TRY(auto reader, objects_.open(where));
    if (reader->bytes() != sums.bytes) {
      damaged_.add();
      return Error(ErrorCode::kCorruption, "a stored blob has " + std::to_string(reader->bytes()) +
                                               " bytes and should have " + std::to_string(sums.bytes) + ": " +
                                               where);
    }
    source = std::make_unique<ObjectBytes>(std::move(reader), begin);
  }
  return std::unique_ptr<ContentReader>(
      std::make_unique<VerifiedReader>(sums, where, std::move(source), offset, bytes, damaged_));
}

Result<StoredPack> ContentStore::store_pack(std::span<const SmallContent* const> contents) {
  const auto path = pack_place_of(contents);
  StoredPack pack;
  pack.lease = leases_.hold(path);
  LAKE_TRY(const auto writer, objects_.create());
  std::uint64_t offset = 0;
  for (const auto* each : contents) {
    LAKE_CHECK_OK(writer->write(std::as_bytes(std::span(each->bytes))));
    pack.places.push_back({path, offset, each->bytes.size(), false});
    offset += each->bytes.size();
  }
  LAKE_CHECK_OK(writer->commit(pack_object_of(path)));
  return pack;
}

Status ContentStore::verify(const ContentSums& sums, const ContentPlace& place,
                            const std::function<Status(std::uint64_t)>& go_on) {
  LAKE_TRY(const auto reader, read(sums, place, 0, sums.bytes));
  codec::Sha256Stream hash;
  while (true) {
    LAKE_TRY(const auto piece, reader->next());
    if (piece.empty()) break;
    hash.update(piece);
    LAKE_CHECK_OK(go_on(piece.size()));
  }
  if (hash.digest() == sums.hash) return ok();
  damaged_.add();
  return Error(ErrorCode::kCorruption,
               "the stored bytes do not have the hash they are named by: " + sums.name());
}

Status ContentStore::remove(const ContentLeases::Condemned& condemned) {
  for (const auto& name : condemned.names()) LAKE_CHECK_OK(objects_.remove(object_name_of(name)));
  return ok();
}

Status ContentStore::list(
    const std::function<Status(const std::string& name, const ObjectInfo& object)>& each) {
  return objects_.list("", [&each](const ObjectInfo& object) -> Status {
    const auto name = os::file_name(object.name);
    if (!codec::sha256_of_hex(name) || object.name != object_name_of(name)) return ok();
    return each(name, object);
  });
}

Status ContentStore::list_packs(
    const std::function<Status(const std::string& place, const ObjectInfo& object)>& each) {
  return objects_.list(std::string(kPackObjects), [&each](const ObjectInfo& object) -> Status {
    return each(std::string(kPackPlace) + object.name.substr(kPackObjects.size()), object);
  });
}

Status ContentStore::remove_pack(const std::string& place) { return objects_.remove(pack_object_of(place)); }

}  // namespace lake::object
