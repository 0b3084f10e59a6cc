#include "lake/ingest/source_bytes.hpp"

#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lake/ingest/utf8_lines.hpp"

namespace lake::ingest {
namespace {

constexpr std::size_t kBlockBytes = 256U << 10U;
constexpr std::size_t kBeginBytes = 4;

/// Takes unpacked bytes; false = it wants no more.
using Taker = std::function<Result<bool>(std::span<const std::byte>)>;

/// A file, block by block.
class Blocks {
 public:
  Blocks(os::File& file, const std::function<bool()>& given_up) : file_(file), given_up_(given_up) {}

  /// Empty at the end of the file.
  Result<std::span<const std::byte>> next() {
    if (given_up_ && given_up_()) return Error(ErrorCode::kCancelled, "the import was cancelled");
    LAKE_TRY(const std::size_t count, file_.read_at(offset_, bytes_));
    offset_ += count;
    return std::span<const std::byte>(bytes_.data(), count);
  }

  [[nodiscard]] Error damaged(const std::string& how) const {
    return {ErrorCode::kCorruption, "the compressed file is damaged (" + how + "): " + file_.path()};
  }

 private:
  os::File& file_;
  const std::function<bool()>& given_up_;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kBlockBytes);
  std::uint64_t offset_ = 0;
};

/// Unpacked text on its way: its first bytes, how much it is, and the first byte that is no UTF-8.
class Begin {
 public:
  Begin(const SourceFile& file, const SourceBounds& bounds) : file_(file), bounds_(bounds) {}

  Status add(std::span<const std::byte> piece) {
    const auto* const data = piece.data();
    const std::size_t size = piece.size();
    const std::size_t taken = std::min(size, kBeginBytes - count);
    if (taken > 0) std::memcpy(bytes.data() + count, data, taken);
    count += taken;
    total_ += size;
    if (bounds_.whole_text) text_.add({data, size});
    if (bounds_.unpacked_bytes_max == 0) return ok();
    if (total_ > bounds_.unpacked_bytes_max) {
      return Error(ErrorCode::kResourceExhausted, "unpacked it has more than " +
                                                      std::to_string(bounds_.unpacked_bytes_max) +
                                                      " bytes (ingestion.unpacked_bytes_max): " + file_.path);
    }
    if (file_.compression != Compression::kNone && total_ > kRatioBytes && total_ / kRatioMax > file_.bytes) {
      return Error(ErrorCode::kResourceExhausted,
                   "it becomes more than " + std::to_string(kRatioMax) +
                       " times as large, as files made to do harm do; unpack it first if that is right: " +
                       file_.path);
    }
    return ok();
  }
  Status check_text() {
    text_.end();
    if (!text_.flaw()) return ok();
    const auto& flaw = *text_.flaw();
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const std::string byte = {kDigits[flaw.byte >> 4U], kDigits[flaw.byte & 0xFU]};
    return Error(
        ErrorCode::kInvalidArgument,
        "line " + std::to_string(flaw.line) + " is not UTF-8 (" +
            (flaw.is_cut ? std::string("it ends within a character") : "byte 0x" + byte) +
            "); a converted copy can be imported (iconv -f LATIN1 -t UTF-8 FILE > COPY): " + file_.path);
  }

  std::array<unsigned char, kBeginBytes> bytes{};
  std::size_t count = 0;

 private:
  static constexpr std::uint64_t kRatioBytes = 1ULL << 30U;
  static constexpr std::uint64_t kRatioMax = 200;
  const SourceFile& file_;
  const SourceBounds& bounds_;
  Utf8Lines text_;
  std::uint64_t total_ = 0;
};

class GzipStream {
 public:
  ~GzipStream() {
    if (open_) inflateEnd(&stream_);
  }
  GzipStream() = default;
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  Status open() {
    constexpr int kLargestWindowWithGzipHeader = 15 + 16;
    open_ = inflateInit2(&stream_, kLargestWindowWithGzipHeader) == Z_OK;
    return open_ ? ok() : Status(Error(ErrorCode::kResourceExhausted, "no memory to unpack gzip"));
  }

  Result<bool> unpack(std::span<const std::byte> block, const Blocks& blocks, const Taker& take) {
    stream_.next_in = reinterpret_cast<const Bytef*>(block.data());
    stream_.avail_in = static_cast<uInt>(block.size());
    do {
      if (!in_member_ && stream_.avail_in == 0) break;
      if (!in_member_ && inflateReset(&stream_) != Z_OK) return blocks.damaged("no further member");
      in_member_ = true;
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      const int result = inflate(&stream_, Z_NO_FLUSH);
      LAKE_TRY(const bool goes_on, take(std::span(out_).first(out_.size() - stream_.avail_out)));
      if (!goes_on) return false;
      in_member_ = result != Z_STREAM_END;
      const bool wants_input = result == Z_BUF_ERROR && stream_.avail_in == 0;
      if (wants_input) break;
      if (result != Z_OK && result != Z_STREAM_END)
        return blocks.damaged(stream_.msg != nullptr ? stream_.msg : "gzip");
    } while (stream_.avail_in > 0 || stream_.avail_out == 0);
    return true;
  }

  /// True where a file may not end.
  [[nodiscard]] bool in_member() const { return in_member_; }

 private:
  z_stream stream_{};
  bool open_ = false;
  bool in_member_ = true;
  std::vector<std::byte> out_ = std::vector<std::byte>(kBlockBytes);
};

Status unpack_gzip(Blocks& blocks, const Taker& take) {
  GzipStream stream;
  LAKE_CHECK_OK(stream.open());
  while (true) {
    LAKE_TRY(const auto block, blocks.next());
    if (block.empty()) break;
    LAKE_TRY(const bool goes_on, stream.unpack(block, blocks, take));
    if (!goes_on) return ok();
  }
  return stream.in_member() ? Status(blocks.damaged("it ends early")) : ok();
}

Status unpack_zstd(Blocks& blocks, const Taker& take) {
  const std::unique_ptr<ZSTD_DStream, decltype(&ZSTD_freeDStream)> stream(ZSTD_createDStream(),
                                                                          &ZSTD_freeDStream);
  if (!stream) return Error(ErrorCode::kResourceExhausted, "no memory to unpack zstd");
  std::vector<std::byte> unpacked(kBlockBytes);
  std::size_t wanted = 1;  // 0 where a frame ends
  while (true) {
    LAKE_TRY(const auto block, blocks.next());
    if (block.empty()) break;
    ZSTD_inBuffer in{block.data(), block.size(), 0};
    bool full = false;
    do {
      ZSTD_outBuffer out{unpacked.data(), unpacked.size(), 0};
      wanted = ZSTD_decompressStream(stream.get(), &out, &in);
      if (ZSTD_isError(wanted) != 0) return blocks.damaged(ZSTD_getErrorName(wanted));
      LAKE_TRY(const bool goes_on, take(std::span(unpacked).first(out.pos)));
      if (!goes_on) return ok();
      full = out.pos == out.size;
    } while (in.pos < in.size || (full && wanted != 0));
  }
  return wanted != 0 ? Status(blocks.damaged("it ends early")) : ok();
}

/// Gives the unpacked bytes of a file until `take` wants no more.
Status unpack(os::File& opened, const SourceFile& file, const std::function<bool()>& given_up,
              const Taker& take) {
  Blocks blocks(opened, given_up);
  if (file.compression == Compression::kGzip) return unpack_gzip(blocks, take);
  if (file.compression == Compression::kZstd) return unpack_zstd(blocks, take);
  while (true) {
    LAKE_TRY(const auto block, blocks.next());
    if (block.empty()) return ok();
    LAKE_TRY(const bool goes_on, take(block));
    if (!goes_on) return ok();
  }
}

/// Byte order marks, and what ASCII text looks like in UTF-16 without one.
bool looks_like_utf16(const Begin& begin) {
  const auto& bytes = begin.bytes;
  if (begin.count < 2) return false;
  if ((bytes[0] == 0xFF && bytes[1] == 0xFE) || (bytes[0] == 0xFE && bytes[1] == 0xFF)) return true;
  if (begin.count < kBeginBytes) return false;
  const bool odd_are_zero = bytes[1] == 0 && bytes[3] == 0 && bytes[0] != 0;
  const bool even_are_zero = bytes[0] == 0 && bytes[2] == 0 && bytes[1] != 0;
  return odd_are_zero || even_are_zero;
}

/// Its end says where everything is, so one that is cut off has lost that.
Status verify_parquet(os::File& file, const SourceFile& source) {
  std::array<std::byte, 4> end{};
  if (source.bytes >= 12) {
    LAKE_TRY(const auto count, file.read_at(source.bytes - end.size(), end));
    if (count == end.size() && (std::memcmp(end.data(), "PAR1", end.size()) == 0 ||
                                std::memcmp(end.data(), "PARE", end.size()) == 0))
      return ok();
  }
  return Error(ErrorCode::kCorruption, "the Parquet file is cut off, its end is missing: " + source.path);
}

}  // namespace

Status verify_source_bytes(os::FileSystem& files, const SourceFile& file,
                           const std::function<bool()>& given_up, const SourceBounds& bounds) {
  LAKE_CHECK_OK(check_path_text(file.path));
  LAKE_TRY(const auto opened, files.open(file.path, os::OpenMode::kRead));
  if (file.format == FileFormat::kParquet) return verify_parquet(*opened, file);
  Begin begin(file, bounds);
  const bool is_all_read = file.compression != Compression::kNone || bounds.whole_text;
  const auto look = [&](std::span<const std::byte> piece) -> Result<bool> {
    LAKE_CHECK_OK(begin.add(piece));
    return is_all_read;
  };
  LAKE_CHECK_OK(unpack(*opened, file, given_up, look));
  if (!looks_like_utf16(begin)) return bounds.whole_text ? begin.check_text() : ok();
  return Error(ErrorCode::kInvalidArgument,
               "the text is UTF-16, and only UTF-8 is read; a converted copy can be imported (iconv -f "
               "UTF-16 -t UTF-8 FILE > COPY): " +
                   file.path);
}

Result<std::vector<std::uint64_t>> lines_at(os::FileSystem& files, const SourceFile& file,
                                            const std::function<bool()>& given_up,
                                            std::span<const std::uint64_t> places) {
  LAKE_TRY(const auto opened, files.open(file.path, os::OpenMode::kRead));
  std::vector<std::uint64_t> lines;
  std::uint64_t line = 1;
  std::uint64_t passed = 0;
  bool after_return = false;
  LAKE_CHECK_OK(unpack(*opened, file, given_up, [&](std::span<const std::byte> piece) -> Result<bool> {
    for (const std::byte byte : piece) {
      const bool is_feed = byte == std::byte{'\n'};
      if (after_return && !is_feed) ++line;
      while (lines.size() < places.size() && places[lines.size()] <= passed) lines.push_back(line);
      if (lines.size() == places.size()) return false;
      after_return = byte == std::byte{'\r'};
      if (is_feed) ++line;
      ++passed;
    }
    return true;
  }));
  lines.resize(places.size(), line);
  return lines;
}

}  // namespace lake::ingest
