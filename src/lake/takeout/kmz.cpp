// A KMZ within an archive, such as those of My Maps: the first KML in it is read as it comes, without its
// directory and without a copy. Places of rows are those in the unpacked KML.

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "lake/archive/inflater.hpp"
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/track_tables.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kLocalHeader = "PK\x03\x04";
constexpr std::size_t kHeaderBytes = 30;
constexpr std::size_t kBufferBytes = 64U << 10U;
/// Real maps have some megabytes; more is made to do harm.
constexpr std::uint64_t kKmlBytesMax = 1ULL << 30U;
constexpr std::size_t kEntriesMax = 1000;

std::uint64_t little_endian(std::string_view bytes, std::size_t offset, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = count; i > 0; --i)
    value = value << 8U | static_cast<unsigned char>(bytes[offset + i - 1]);
  return value;
}

bool is_kml(std::string_view name) { return extension(name) == "kml"; }

/// What stands before the content of a zip's entry.
struct LocalHeader {
  bool is_encrypted = false;
  bool has_sizes = true;  // else they follow the content
  std::uint64_t method = 0;
  std::uint64_t packed_bytes = 0;
  std::size_t name_bytes = 0;
  std::size_t extra_bytes = 0;
};

std::optional<LocalHeader> local_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with(kLocalHeader)) return std::nullopt;
  constexpr std::uint64_t kEncrypted = 1;
  constexpr std::uint64_t kSizesFollow = 8;
  const auto flags = little_endian(bytes, 6, 2);
  return LocalHeader{.is_encrypted = (flags & kEncrypted) != 0,
                     .has_sizes = (flags & kSizesFollow) == 0,
                     .method = little_endian(bytes, 8, 2),
                     .packed_bytes = little_endian(bytes, 18, 4),
                     .name_bytes = little_endian(bytes, 26, 2),
                     .extra_bytes = little_endian(bytes, 28, 2)};
}

/// The first KML of a zip that comes in order. Threads: one.
class PackedKml final : public Content {
 public:
  explicit PackedKml(Content& zip) : zip_(zip), buffer_(kBufferBytes) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (!is_open_) LAKE_CHECK_OK(open());
    if (ended_ || out.empty()) return std::size_t{0};
    LAKE_TRY(const auto count, method_ == kStored ? copy(out) : unpack(out));
    given_ += count;
    if (given_ > kKmlBytesMax)
      return Error(ErrorCode::kResourceExhausted, "the KML in it is larger than 1 GiB");
    return count;
  }

 private:
  static constexpr std::uint64_t kStored = 0;
  static constexpr std::uint64_t kDeflated = 8;

  static Error wrong(const char* what) { return {ErrorCode::kCorruption, what}; }

  /// More into the buffer, behind what is there. False at the end.
  Result<bool> refill() {
    std::move(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    LAKE_TRY(const auto count, zip_.read(std::span(buffer_).subspan(end_)));
    end_ += count;
    return count > 0;
  }

  /// So many bytes, which the buffer can hold, taken out of it.
  Result<std::string> take(std::size_t count) {
    while (end_ - begin_ < count) {
      if (begin_ == 0 && end_ == buffer_.size()) return wrong("a name in it is too long");
      LAKE_TRY(const bool more, refill());
      if (!more) return wrong("it ends before a KML");
    }
    std::string taken(reinterpret_cast<const char*>(buffer_.data() + begin_), count);
    begin_ += count;
    return taken;
  }

  Status pass(std::uint64_t bytes) {
    while (bytes > 0) {
      if (begin_ == end_) {
        LAKE_TRY(const bool more, refill());
        if (!more) return wrong("it ends before a KML");
      }
      const auto count = std::min<std::uint64_t>(bytes, end_ - begin_);
      begin_ += count;
      bytes -= count;
    }
    return ok();
  }

  Status open() {
    is_open_ = true;
    for (std::size_t entry = 0; entry < kEntriesMax; ++entry) {
      LAKE_TRY(const auto bytes, take(kHeaderBytes));
      const auto header = local_header(bytes);
      if (!header) return wrong("there is no KML in it");
      LAKE_TRY(const auto name, take(header->name_bytes));
      LAKE_CHECK_OK(pass(header->extra_bytes));
      if (!is_kml(name)) {
        if (!header->has_sizes) return wrong("what lies before its KML has no size");
        LAKE_CHECK_OK(pass(header->packed_bytes));
        continue;
      }
      if (header->is_encrypted) return wrong("its KML is encrypted");
      method_ = header->method;
      packed_left_ = header->packed_bytes;
      if (method_ != kDeflated && (method_ != kStored || !header->has_sizes))
        return wrong("its KML is packed in a way that cannot be read");
      return ok();
    }
    return wrong("there is no KML among the first thousand entries in it");
  }

  Result<std::size_t> copy(std::span<std::byte> out) {
    ended_ = packed_left_ == 0;
    if (ended_) return std::size_t{0};
    if (begin_ == end_) {
      LAKE_TRY(const bool more, refill());
      if (!more) return wrong("its KML is cut off");
    }
    const auto count = std::min({out.size(), end_ - begin_, static_cast<std::size_t>(packed_left_)});
    std::memcpy(out.data(), buffer_.data() + begin_, count);
    begin_ += count;
    packed_left_ -= count;
    return count;
  }

  Result<std::size_t> unpack(std::span<std::byte> out) {
    while (true) {
      const auto step =
          inflater_.step(std::span<const std::byte>(buffer_).subspan(begin_, end_ - begin_), out);
      begin_ += step.consumed;
      if (step.state == archive::Inflater::State::kWrong) return wrong("its KML is damaged");
      ended_ = step.state == archive::Inflater::State::kFinished;
      if (ended_ || step.produced > 0) return step.produced;
      LAKE_TRY(const bool more, refill());
      if (!more) return wrong("its KML is cut off");
    }
  }

  Content& zip_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  archive::Inflater inflater_;
  std::uint64_t method_ = kStored;
  std::uint64_t packed_left_ = 0;
  std::uint64_t given_ = 0;
  bool is_open_ = false;
  bool ended_ = false;
};

Certainty recognise(const EntryHead& head) {
  const auto header = local_header(head.bytes);
  if (!header) return Certainty::kNone;
  if (is_kml(head.bytes.substr(kHeaderBytes, header->name_bytes))) return Certainty::kContent;
  return extension(head.name) == "kmz" ? Certainty::kName : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& options, Content& content,
                       EntrySink& sink) {
  PackedKml kml(content);
  return kKml.parse(head, options, kml, sink);
}

constexpr const TableSpec* kTables[] = {&kKmlPlacemark, &kKmlPoint};

}  // namespace

const Product kKmz{.name = "kmz",
                   .product = "tracks",
                   .version = 1,
                   .tables = kTables,
                   .recognise = recognise,
                   .parse = parse};

}  // namespace lake::takeout
