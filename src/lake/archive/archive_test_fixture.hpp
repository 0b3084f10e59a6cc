#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lake/archive/container.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace lake::archive {

inline std::string little(std::uint64_t value, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

inline std::uint32_t crc_of(std::string_view text) {
  return static_cast<std::uint32_t>(
      ::crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
}

/// Compressed by zlib, not by the library under test. `window_bits`: -15 raw, 31 gzip.
inline std::string deflated(std::string_view text, int window_bits = -15, int level = 6) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// Text that compresses somewhat and never repeats in the same way.
inline std::string sample_text(std::size_t bytes, std::uint32_t seed = 1) {
  std::string text;
  std::uint32_t state = seed * 2654435761U + 1;
  while (text.size() < bytes) {
    state = state * 1664525U + 1013904223U;
    text += "{\"latitudeE7\":" + std::to_string(state % 900000000U) +
            ",\"n\":" + std::to_string(text.size()) + "}\n";
  }
  text.resize(bytes);
  return text;
}

/// One entry of a hand-made zip; what is left out is told truly.
struct ZipItem {
  std::string name = {};
  std::string content = {};
  std::uint16_t method = 8;
  std::uint16_t flags = 0;
  bool descriptor = false;
  bool zip64 = false;  // sizes in ZIP64 fields
  bool descriptor_signature = true;
  std::string extra = {};  // of both headers
  std::uint16_t made_by = 20;
  std::uint32_t attributes = 0;
  std::uint16_t time = (13U << 11U) | (37U << 5U) | 5U;             // 13:37:10
  std::uint16_t date = ((2024U - 1980U) << 9U) | (2U << 5U) | 29U;  // 2024-02-29
  std::uint32_t disk = 0;
  // lies
  std::optional<std::string> stored = {};  // instead of the compressed content
  std::optional<std::string> local_name = {};
  std::optional<std::uint16_t> local_method = {};
  std::optional<std::uint32_t> crc = {};
  std::optional<std::uint64_t> content_bytes = {};
  std::optional<std::uint64_t> stored_bytes = {};
  std::optional<std::uint32_t> local_content_bytes = {};
  std::optional<std::uint64_t> header_offset = {};
};

/// How a hand-made zip ends.
struct ZipEnding {
  std::string comment = {};
  bool zip64 = false;
  std::optional<std::uint16_t> count = {};
  std::optional<std::uint32_t> directory_bytes = {};
  std::optional<std::uint32_t> directory_offset = {};
  std::uint16_t disk = 0;
  std::uint32_t disks = 1;  // in the ZIP64 locator
  std::string after_directory = {};
};

/// Builds a zip byte by byte (APPNOTE 6.3.10).
class ZipTestWriter {
 public:
  explicit ZipTestWriter(std::uint64_t base = 0) : base_(base) {}

  /// Offset of the local header.
  std::uint64_t add(const ZipItem& item) {
    const std::uint64_t offset = bytes_.size();
    const std::string stored = item.stored        ? *item.stored
                               : item.method == 8 ? deflated(item.content)
                                                  : item.content;
    const std::uint32_t crc = item.crc.value_or(crc_of(item.content));
    const std::uint64_t csize = item.stored_bytes.value_or(stored.size());
    const std::uint64_t usize = item.content_bytes.value_or(item.content.size());
    const auto flags = static_cast<std::uint16_t>(item.flags | (item.descriptor ? 8U : 0U));
    const std::string& local_name = item.local_name ? *item.local_name : item.name;
    std::string local_extra = item.extra;
    if (item.zip64)
      local_extra += little(1, 2) + little(16, 2) + little(item.descriptor ? 0 : usize, 8) +
                     little(item.descriptor ? 0 : csize, 8);
    const std::uint64_t narrow_c = item.zip64 ? 0xFFFFFFFF : item.descriptor ? 0 : csize;
    const std::uint64_t narrow_u = item.zip64 ? 0xFFFFFFFF : item.descriptor ? 0 : usize;
    bytes_ += little(0x04034B50, 4) + little(20, 2) + little(flags, 2) +
              little(item.local_method.value_or(item.method), 2) + little(item.time, 2) +
              little(item.date, 2) + little(item.descriptor ? 0 : crc, 4) + little(narrow_c, 4) +
              little(item.local_content_bytes ? *item.local_content_bytes : narrow_u, 4) +
              little(local_name.size(), 2) + little(local_extra.size(), 2) + local_name + local_extra +
              stored;
    if (item.descriptor) {
      const std::size_t width = item.zip64 ? 8 : 4;
      bytes_ += (item.descriptor_signature ? little(0x08074B50, 4) : "") + little(crc, 4) +
                little(csize, width) + little(usize, width);
    }
    std::string extra = item.extra;
    const std::uint64_t header = base_ + item.header_offset.value_or(offset);
    if (item.zip64)
      extra += little(1, 2) + little(24, 2) + little(usize, 8) + little(csize, 8) + little(header, 8);
    directory_ += little(0x02014B50, 4) + little(item.made_by, 2) + little(20, 2) + little(flags, 2) +
                  little(item.method, 2) + little(item.time, 2) + little(item.date, 2) + little(crc, 4) +
                  little(item.zip64 ? 0xFFFFFFFF : csize, 4) + little(item.zip64 ? 0xFFFFFFFF : usize, 4) +
                  little(item.name.size(), 2) + little(extra.size(), 2) + little(0, 2) +
                  little(item.disk, 2) + little(0, 2) + little(item.attributes, 4) +
                  little(item.zip64 ? 0xFFFFFFFF : header, 4) + item.name + extra;
    ++count_;
    return offset;
  }
  std::uint64_t add(const std::string& name, const std::string& content) {
    return add(ZipItem{.name = name, .content = content});
  }
  /// Bytes that no entry owns.
  void add_raw(std::string_view bytes) { bytes_ += bytes; }

  [[nodiscard]] const std::string& local_part() const { return bytes_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string finish(const ZipEnding& ending = {}) const {
    std::string out = bytes_ + directory_ + ending.after_directory;
    const std::uint64_t size = directory_.size() + ending.after_directory.size();
    const std::uint64_t offset = base_ + bytes_.size();
    if (ending.zip64) {
      const std::uint64_t end64 = base_ + out.size();
      out += little(0x06064B50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 4) +
             little(0, 4) + little(count_, 8) + little(count_, 8) + little(size, 8) + little(offset, 8);
      out += little(0x07064B50, 4) + little(0, 4) + little(end64, 8) + little(ending.disks, 4);
    }
    const std::uint16_t count =
        ending.count.value_or(ending.zip64 ? 0xFFFF : static_cast<std::uint16_t>(count_));
    return out + little(0x06054B50, 4) + little(ending.disk, 2) + little(ending.disk, 2) + little(count, 2) +
           little(count, 2) +
           little(ending.directory_bytes ? *ending.directory_bytes
                  : ending.zip64         ? 0xFFFFFFFF
                                         : size,
                  4) +
           little(ending.directory_offset ? *ending.directory_offset
                  : ending.zip64          ? 0xFFFFFFFF
                                          : offset,
                  4) +
           little(ending.comment.size(), 2) + ending.comment;
  }

 private:
  std::uint64_t base_;
  std::string bytes_;
  std::string directory_;
  std::uint64_t count_ = 0;
};

/// One member of a hand-made tar.
struct TarItem {
  std::string name = {};
  std::string content = {};
  char type = '0';
  std::string link = {};
  std::string magic = std::string(
      "ustar\0"
      "00",
      8);
  std::string prefix = {};
  std::optional<std::string> size_field = {};  // 12 bytes
  std::optional<std::string> checksum = {};    // 8 bytes
  std::string tail = {};                       // from byte 345 on, instead of the prefix
  std::int64_t modified_seconds = 1'700'000'000;
};

/// Builds a tar block by block.
class TarTestWriter {
 public:
  static std::string padded(std::string text, std::size_t bytes) {
    text.resize(bytes, '\0');
    return text;
  }
  static std::string octal(std::uint64_t value, std::size_t digits) {
    std::string text(digits, '0');
    for (std::size_t i = digits; i > 0; --i, value /= 8) text[i - 1] = static_cast<char>('0' + value % 8);
    return text;
  }
  static std::string block_of(const TarItem& item) {
    std::string block =
        padded(item.name, 100) + octal(0644, 7) + '\0' + octal(0, 7) + '\0' + octal(0, 7) + '\0';
    block += item.size_field ? *item.size_field : octal(item.content.size(), 11) + '\0';
    block += octal(static_cast<std::uint64_t>(item.modified_seconds), 11) + '\0' + "        " + item.type;
    block += padded(item.link, 100) + padded(item.magic, 8) + padded("user", 32) + padded("group", 32) +
             std::string(16, '\0') + padded(item.tail.empty() ? item.prefix : item.tail, 167);
    std::uint64_t sum = 0;
    for (const char c : block) sum += static_cast<unsigned char>(c);
    block.replace(148, 8, item.checksum ? *item.checksum : octal(sum, 6) + std::string("\0 ", 2));
    return block;
  }
  /// Offset of the header block.
  std::uint64_t add(const TarItem& item) {
    const std::uint64_t offset = bytes_.size();
    bytes_ += block_of(item) + item.content;
    bytes_.resize((bytes_.size() + 511) / 512 * 512, '\0');
    return offset;
  }
  std::uint64_t add(const std::string& name, const std::string& content) {
    return add(TarItem{.name = name, .content = content});
  }
  static std::string pax_record(const std::string& key, const std::string& value) {
    const std::string rest = " " + key + "=" + value + "\n";
    std::size_t length = rest.size() + 1;
    while (std::to_string(length).size() + rest.size() != length) ++length;
    return std::to_string(length) + rest;
  }
  void add_pax(const std::map<std::string, std::string>& records, char type = 'x') {
    std::string text;
    for (const auto& [key, value] : records) text += pax_record(key, value);
    add(TarItem{.name = "pax", .content = text, .type = type});
  }
  void add_raw(std::string_view bytes) { bytes_ += bytes; }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string finish() const { return bytes_ + std::string(1024, '\0'); }

 private:
  std::string bytes_;
};

/// Files in memory, and what can be done with a container in one line.
class ArchiveTest : public ::testing::Test {
 protected:
  struct Taken {
    std::string content;
    std::string verdict = "complete";  // or the name of the flaw
    std::string message;
    ErrorCode code = ErrorCode::kInternal;
  };
  struct Walked {
    std::vector<Entry> entries;
    std::string verdict = "complete";
    std::string message;
    std::vector<ByteRange> gaps;
  };

  void put(const std::string& path, std::string_view bytes) {
    ASSERT_TRUE(files_.create_directories(os::parent_path(path)));
    ASSERT_TRUE(files_.replace_file(path, bytes));
  }
  Result<std::unique_ptr<Container>> try_open(std::string_view bytes, const OpenOptions& options = {}) {
    put(kPath, bytes);
    return Container::open(files_, metrics_, kPath, options);
  }
  std::unique_ptr<Container> opened(std::string_view bytes, const OpenOptions& options = {}) {
    auto container = try_open(bytes, options);
    EXPECT_TRUE(container) << container.error().message();
    return container ? std::move(*container) : nullptr;
  }
  /// "code: message" of an archive that must not open.
  std::string refusal(std::string_view bytes, const OpenOptions& options = {}) {
    auto container = try_open(bytes, options);
    EXPECT_FALSE(container);
    if (container) return "opened";
    return std::string(name_of(container.error().code())) + ": " + container.error().message();
  }
  static Walked walk(Container& container) {
    Walked walked;
    auto cursor = container.entries();
    EXPECT_TRUE(cursor);
    for (;;) {
      auto entry = (*cursor)->next();
      if (!entry) {
        walked.verdict = name_of((*cursor)->finding()->flaw);
        walked.message = entry.error().message();
        EXPECT_EQ(code_of((*cursor)->finding()->flaw), entry.error().code());
        EXPECT_FALSE((*cursor)->next()) << "and again";
        break;
      }
      if (!*entry) break;
      walked.entries.push_back(std::move(**entry));
    }
    walked.gaps = (*cursor)->gaps();
    return walked;
  }
  static Taken take(Result<std::unique_ptr<EntryReader>> reader, std::size_t piece = 1000) {
    Taken taken;
    if (!reader) {
      taken.verdict = "refused";
      taken.message = reader.error().message();
      taken.code = reader.error().code();
      return taken;
    }
    const bool from_start = (*reader)->position() == 0;
    std::string buffer(piece, '\0');
    for (;;) {
      auto count = (*reader)->read(std::as_writable_bytes(std::span(buffer)));
      if (!count) {
        taken.verdict = name_of((*reader)->finding()->flaw);
        taken.message = count.error().message();
        taken.code = count.error().code();
        EXPECT_FALSE((*reader)->is_complete());
        break;
      }
      if (*count == 0) {
        EXPECT_TRUE((*reader)->is_complete());
        break;
      }
      taken.content.append(buffer, 0, *count);
    }
    if (from_start) {
      EXPECT_EQ((*reader)->position(), taken.content.size());
      EXPECT_EQ((*reader)->crc32_so_far(), crc_of(taken.content));
    }
    return taken;
  }
  static std::string names(const Walked& walked) {
    std::string all;
    for (const auto& entry : walked.entries) all += (all.empty() ? "" : " ") + entry.name;
    return all;
  }
  static bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
  }

  static constexpr const char* kPath = "/in/part.bin";
  sim::SimClock clock_;
  sim::SimFileSystem files_{clock_};
  telemetry::Metrics metrics_;
};

}  // namespace lake::archive
