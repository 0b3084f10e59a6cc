#include "lake/blobs/multipart.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

namespace lake::blobs {

namespace {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kDigits = 5;
constexpr std::size_t kPieceBytes = 256U << 10U;
constexpr const char* kRoot = "parts/";

bool is_id(const std::string& id) {
  return id.size() == 2 * kIdBytes && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string folder_of(const std::string& id) { return kRoot + id + "/"; }
std::string record_of(const std::string& id) { return folder_of(id) + "upload.json"; }

/// "parts/<id>/00001.<hash>".
std::string object_of(const std::string& id, const Part& part) {
  const auto number = std::to_string(part.number);
  return folder_of(id) + std::string(kDigits - number.size(), '0') + number + "." + codec::hex_of(part.hash);
}

std::optional<Part> part_of(const object::ObjectInfo& object) {
  const auto name = object.name.substr(object.name.rfind('/') + 1);
  if (name.size() < kDigits + 1 || name[kDigits] != '.') return std::nullopt;
  const auto hash = codec::sha256_of_hex(std::string_view(name).substr(kDigits + 1));
  Part part;
  const auto* end = name.data() + kDigits;
  if (!hash || std::from_chars(name.data(), end, part.number).ptr != end) return std::nullopt;
  part.hash = *hash;
  part.bytes = object.bytes;
  return part;
}

Result<std::string> read_all(object::ObjectReader& reader) {
  std::string text(reader.bytes(), '\0');
  LAKE_TRY(const auto count, reader.read(0, std::as_writable_bytes(std::span(text))));
  text.resize(count);
  return text;
}

/// The parts one after the other, each compared with its hash at its end.
class Together {
 public:
  Together(object::ObjectStore& objects, std::string id, std::vector<Part> parts)
      : objects_(objects), id_(std::move(id)), parts_(std::move(parts)) {}

  Result<std::size_t> read(std::span<char> into) {
    while (next_ < parts_.size()) {
      if (!reader_) {
        LAKE_TRY(reader_, objects_.open(object_of(id_, parts_[next_])));
        offset_ = 0;
        hash_ = codec::Sha256Stream();
      }
      const auto out = std::as_writable_bytes(into);
      LAKE_TRY(const auto count, reader_->read(offset_, out));
      hash_.update(out.first(count));
      offset_ += count;
      if (count > 0) return count;
      if (hash_.digest() != parts_[next_].hash)
        return Error(ErrorCode::kCorruption, "the stored bytes of a part are not what was written: part " +
                                                 std::to_string(parts_[next_].number));
      reader_.reset();
      ++next_;
    }
    return std::size_t{0};
  }

 private:
  object::ObjectStore& objects_;
  const std::string id_;
  const std::vector<Part> parts_;
  std::size_t next_ = 0;
  std::unique_ptr<object::ObjectReader> reader_;
  std::uint64_t offset_ = 0;
  codec::Sha256Stream hash_;
};

}  // namespace

MultipartUploads::MultipartUploads(BlobStore& blobs, os::Clock& clock, os::Random& random)
    : blobs_(blobs), objects_(blobs.content().objects()), clock_(clock), random_(random) {}

Result<std::string> MultipartUploads::begin(const BlobName& name, const BlobLabels& labels) {
  LAKE_CHECK_OK(check_writable(name));
  LAKE_CHECK_OK(check_labels(labels));
  auto id = os::random_hex(random_, kIdBytes);
  const nlohmann::json record = {{"bucket", name.bucket},
                                 {"key", name.key},
                                 {"content_type", labels.content_type},
                                 {"metadata", labels.metadata}};
  const auto text = record.dump();
  LAKE_TRY(const auto writer, objects_.create());
  LAKE_CHECK_OK(writer->write(std::as_bytes(std::span(text))));
  LAKE_CHECK_OK(writer->commit(record_of(id)));
  return id;
}

Result<BlobLabels> MultipartUploads::labels_of(const BlobName& name, const std::string& id) {
  const Error unknown(ErrorCode::kNotFound, "there is no such upload of this blob: " + id);
  if (!is_id(id)) return unknown;
  const auto reader = objects_.open(record_of(id));
  if (!reader && reader.error().code() == ErrorCode::kNotFound) return unknown;
  if (!reader) return reader.error();
  LAKE_TRY(const auto text, read_all(**reader));
  const auto record = nlohmann::json::parse(text, nullptr, false);
  if (!record.is_object()) return Error(ErrorCode::kCorruption, "the record of an upload is damaged: " + id);
  if (record.value("bucket", "") != name.bucket || record.value("key", "") != name.key) return unknown;
  BlobLabels labels;
  labels.content_type = record.value("content_type", labels.content_type);
  labels.metadata = record.value("metadata", labels.metadata);
  return labels;
}

Result<std::vector<Part>> MultipartUploads::parts_of(const std::string& id) {
  std::map<std::uint32_t, Part> parts;
  LAKE_CHECK_OK(objects_.list(folder_of(id), [&](const object::ObjectInfo& object) {
    if (const auto part = part_of(object)) parts[part->number] = *part;
    return ok();
  }));
  std::vector<Part> ordered;
  for (const auto& [number, part] : parts) ordered.push_back(part);
  return ordered;
}

Result<std::uint64_t> MultipartUploads::bytes_of_all() {
  std::uint64_t bytes = 0;
  LAKE_CHECK_OK(objects_.list(kRoot, [&](const object::ObjectInfo& object) {
    bytes += object.bytes;
    return ok();
  }));
  return bytes;
}

Result<std::optional<Part>> MultipartUploads::put(const BlobName& name, const std::string& id,
                                                  std::uint32_t number,
                                                  const std::optional<codec::Sha256>& expected,
                                                  const BodySource& body) {
  LAKE_TRY(const auto labels, labels_of(name, id));
  if (number == 0 || number > kPartsMax)
    return Error(ErrorCode::kInvalidArgument, "a part's number is 1 to " + std::to_string(kPartsMax));
  LAKE_TRY(const auto others, bytes_of_all());
  LAKE_TRY(const auto writer, objects_.create());
  std::vector<char> piece(kPieceBytes);
  codec::Sha256Stream hash;
  Part part{number, {}, 0};
  while (true) {
    LAKE_TRY(const auto count, body(piece));
    if (count == 0) break;
    part.bytes += count;
    LAKE_CHECK_OK(blobs_.check_size(part.bytes));
    LAKE_CHECK_OK(blobs_.check_room(others + part.bytes));
    const auto bytes = std::as_bytes(std::span(piece).first(count));
    hash.update(bytes);
    LAKE_CHECK_OK(writer->write(bytes));
  }
  part.hash = hash.digest();
  if (expected && *expected != part.hash) return std::optional<Part>();
  const auto turn = turns_.take(id);
  // It may have ended while the part came.
  LAKE_TRY(const auto still, labels_of(name, id));
  LAKE_TRY(const auto before, parts_of(id));
  LAKE_CHECK_OK(writer->commit(object_of(id, part)));
  for (const auto& each : before) {
    if (each.number == number && each.hash != part.hash) LAKE_CHECK_OK(objects_.remove(object_of(id, each)));
  }
  return std::optional<Part>(part);
}

Result<std::vector<Part>> MultipartUploads::parts(const BlobName& name, const std::string& id) {
  LAKE_TRY(const auto labels, labels_of(name, id));
  return parts_of(id);
}

Result<PutResult> MultipartUploads::complete(const BlobName& name, const std::string& id,
                                             const std::optional<std::vector<Part>>& wanted,
                                             const Conditions& conditions) {
  const auto turn = turns_.take(id);
  LAKE_TRY(const auto labels, labels_of(name, id));
  LAKE_TRY(auto parts, parts_of(id));
  if (wanted) {
    std::vector<Part> chosen;
    for (const auto& each : *wanted) {
      const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) {
        return part.number == each.number && part.hash == each.hash;
      });
      const bool ascends = chosen.empty() || chosen.back().number < each.number;
      if (found == parts.end() || !ascends)
        return Error(ErrorCode::kInvalidArgument,
                     "there is no such part, or it is out of order: " + std::to_string(each.number));
      chosen.push_back(*found);
    }
    parts = std::move(chosen);
  }
  if (parts.empty()) return Error(ErrorCode::kInvalidArgument, "the upload has no parts");
  Together together(objects_, id, parts);
  PutRequest request;
  request.name = name;
  request.labels = labels;
  request.conditions = conditions;
  LAKE_TRY(auto result, blobs_.put(request, [&](std::span<char> into) { return together.read(into); }));
  if (result.outcome == Outcome::kConditionFailed) return result;
  LAKE_CHECK_OK(remove(id));
  return result;
}

Status MultipartUploads::abort(const BlobName& name, const std::string& id) {
  const auto turn = turns_.take(id);
  LAKE_TRY(const auto labels, labels_of(name, id));
  return remove(id);
}

/// The record last: until then the removal can be done again.
Status MultipartUploads::remove(const std::string& id) {
  std::vector<std::string> names;
  LAKE_CHECK_OK(objects_.list(folder_of(id), [&](const object::ObjectInfo& object) {
    if (object.name != record_of(id)) names.push_back(object.name);
    return ok();
  }));
  for (const auto& name : names) LAKE_CHECK_OK(objects_.remove(name));
  return objects_.remove(record_of(id));
}

Result<std::uint64_t> MultipartUploads::sweep() {
  const auto before = clock_.wall_micros() - std::chrono::microseconds(blobs_.options().grace).count();
  std::map<std::string, std::int64_t> touched;
  LAKE_CHECK_OK(objects_.list(kRoot, [&](const object::ObjectInfo& object) {
    const auto id = object.name.substr(std::string(kRoot).size(), 2 * kIdBytes);
    auto& last = touched[id];
    last = std::max(last, object.modified_micros);
    return ok();
  }));
  std::uint64_t removed = 0;
  for (const auto& [id, last] : touched) {
    if (!is_id(id) || last > before) continue;
    const auto turn = turns_.take(id);
    LAKE_CHECK_OK(remove(id));
    ++removed;
  }
  return removed;
}

}  // namespace lake::blobs
