#include "lake/archive/tar_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace lake::archive {
namespace {

constexpr std::uint64_t kExtensionBytesMax = 1U << 20U;
constexpr int kExtensionCountMax = 32;  // in a row
constexpr std::uint64_t kContentBytesMax = std::uint64_t{1} << 62U;
constexpr std::size_t kSparseContinuesAt = 504;  // in a block of the sparse map
constexpr std::int64_t kSecondsMax = std::numeric_limits<std::int64_t>::max() / 1'000'000;

std::uint64_t whole_blocks(std::uint64_t bytes) {
  return (bytes + kTarBlockBytes - 1) / kTarBlockBytes * kTarBlockBytes;
}

bool is_extension(char type) {
  return type == 'x' || type == 'X' || type == 'g' || type == 'L' || type == 'K';
}

bool is_sparse(const TarHeader& header, const PaxRecords& pax) {
  const auto key = pax.lower_bound("GNU.sparse.");
  return header.type == 'S' || (key != pax.end() && key->first.starts_with("GNU.sparse."));
}

}  // namespace

Sound<bool> TarStream::read_block(TarBlock& block) {
  const std::uint64_t at = source_.position();
  std::size_t done = 0;
  while (done < block.size()) {
    auto count = source_.read(std::span(block).subspan(done));
    if (!count) return std::move(count).error();
    if (*count == 0) break;
    done += *count;
  }
  if (done == 0) return false;
  if (done < block.size()) return Finding(Flaw::kTruncated, at, "the tar ends inside a block");
  return true;
}

Sound<void> TarStream::check_rest() {
  std::vector<std::byte> piece(64U << 10U);
  for (;;) {
    const std::uint64_t at = source_.position();
    auto count = source_.read(piece);
    if (!count) return std::move(count).error();
    if (*count == 0) return {};
    const auto end = piece.begin() + static_cast<std::ptrdiff_t>(*count);
    const auto other = std::find_if(piece.begin(), end, [](std::byte byte) { return byte != std::byte{0}; });
    if (other != end)
      return Finding(Flaw::kDamaged, at + static_cast<std::uint64_t>(other - piece.begin()),
                     "bytes follow the end marker of the tar that belong to no entry");
  }
}

Sound<std::optional<TarHeader>> TarStream::next_header(TarBlock& block) {
  header_offset_ = source_.position();
  auto got = read_block(block);
  if (!got) return std::move(got).error();
  if (!*got)
    return Finding(Flaw::kTruncated, header_offset_,
                   "the tar ends without an end marker: entries may be missing");
  if (is_zero_block(block)) {
    header_offset_ = source_.position();
    got = read_block(block);
    if (!got) return std::move(got).error();
    if (!*got || is_zero_block(block)) {
      ended_ = true;
      if (auto rest = check_rest(); !rest) return std::move(rest).error();
      return std::optional<TarHeader>();
    }
  }
  auto header = parse_tar_header(block, header_offset_);
  if (!header) return std::move(header).error();
  return std::optional(std::move(*header));
}

Sound<std::optional<Entry>> TarStream::next() {
  if (ended_) return std::optional<Entry>();
  ++member_;
  const std::uint64_t left = member_end_ - source_.position();
  auto passed = source_.skip(left);
  if (!passed) return std::move(passed).error();
  if (*passed < left)
    return Finding(Flaw::kTruncated, source_.position(), "the tar ends inside the content of an entry");
  Extension extension;
  TarBlock block{};
  for (int count = 0;; ++count) {
    auto header = next_header(block);
    if (!header) return std::move(header).error();
    if (!*header) return std::optional<Entry>();
    if (!is_extension((*header)->type)) {
      if (member_ > bounds_.entry_count_max)
        return Finding(Flaw::kBound, header_offset_,
                       fmt::format("the tar has more than {} entries", bounds_.entry_count_max));
      auto entry = entry_of(**header, extension);
      if (!entry) return std::move(entry).error();
      return std::optional(std::move(*entry));
    }
    if (count >= kExtensionCountMax)
      return Finding(Flaw::kBound, header_offset_, "too many extended headers in a row");
    if (auto read = read_extension(**header, extension); !read) return std::move(read).error();
  }
}

Sound<std::string> TarStream::read_payload(const TarHeader& header) {
  if (header.bytes > kExtensionBytesMax)
    return Finding(
        Flaw::kBound, header_offset_,
        fmt::format("an extended header has {} bytes, allowed are {}", header.bytes, kExtensionBytesMax));
  std::string payload;
  TarBlock block{};
  while (payload.size() < header.bytes) {
    auto got = read_block(block);
    if (!got) return std::move(got).error();
    if (!*got) return Finding(Flaw::kTruncated, source_.position(), "the tar ends inside an extended header");
    const auto want =
        std::min<std::size_t>(block.size(), static_cast<std::size_t>(header.bytes) - payload.size());
    payload.append(reinterpret_cast<const char*>(block.data()), want);
  }
  return payload;
}

Sound<void> TarStream::read_extension(const TarHeader& header, Extension& extension) {
  auto payload = read_payload(header);
  if (!payload) return std::move(payload).error();
  if (header.type == 'L' || header.type == 'K') {
    payload->resize(std::min(payload->find('\0'), payload->size()));
    (header.type == 'L' ? extension.name : extension.link) = std::move(*payload);
    return {};
  }
  auto records = parse_pax(*payload, header_offset_);
  if (!records) return std::move(records).error();
  if (header.type != 'g') {
    extension.pax = std::move(*records);
    return {};
  }
  const auto sparse = records->lower_bound("GNU.sparse.");
  if (records->contains("path") || records->contains("linkpath") || records->contains("size") ||
      (sparse != records->end() && sparse->first.starts_with("GNU.sparse."))) {
    return Finding(Flaw::kDamaged, header_offset_, "a global pax header gives all entries one name or size");
  }
  return {};
}

Sound<void> TarStream::pass_sparse_map(bool continues) {
  TarBlock block{};
  while (continues) {
    auto got = read_block(block);
    if (!got) return std::move(got).error();
    if (!*got) return Finding(Flaw::kTruncated, source_.position(), "the tar ends inside a sparse map");
    continues = block[kSparseContinuesAt] != std::byte{0};
  }
  return {};
}

Sound<Entry> TarStream::entry_of(const TarHeader& header, const Extension& extension) {
  const auto& pax = extension.pax;
  const auto value = [&pax](const char* key) -> const std::string* {
    const auto found = pax.find(key);
    return found == pax.end() ? nullptr : &found->second;
  };
  Entry entry;
  entry.index = member_ - 1;
  entry.header_offset = header_offset_;
  const std::string* name = value("GNU.sparse.name");
  if (name == nullptr) name = value("path");
  if (name == nullptr && extension.name) name = &*extension.name;
  if (name == nullptr) name = &header.name;
  entry.set_name(decode_utf8_name(*name), *name);
  entry.kind = tar_kind(header.type, *name);
  const std::string* link = value("linkpath");
  entry.link_target = link != nullptr ? *link : extension.link.value_or(header.link);
  const std::int64_t seconds = std::clamp(header.modified_seconds, -kSecondsMax, kSecondsMax);
  entry.modified = {ModifiedTime::Zone::kUtc, seconds * 1'000'000};
  if (const std::string* modified = value("mtime")) {
    if (const auto micros = pax_micros(*modified)) entry.modified.micros = *micros;
  }
  std::uint64_t bytes = header.bytes;
  if (const std::string* size = value("size")) {
    const auto number = pax_number(*size);
    if (!number) return Finding(Flaw::kDamaged, header_offset_, "the size in a pax header is no number");
    bytes = *number;
  }
  if (bytes > kContentBytesMax)
    return Finding(Flaw::kDamaged, header_offset_, "an entry larger than any tar");
  if (!tar_has_content(header.type)) bytes = 0;  // links and devices may repeat the size of what they name
  if (auto passed = pass_sparse_map(header.sparse_continues); !passed) return std::move(passed).error();
  entry.data_offset = source_.position();
  entry.bytes = bytes;
  entry.stored_bytes = bytes;
  if (is_sparse(header, pax)) {
    entry.bytes.reset();
    entry.flaw = Finding(Flaw::kSparse, header_offset_, "a sparse entry: its holes are not read");
  }
  content_end_ = entry.data_offset + bytes;
  member_end_ = entry.data_offset + whole_blocks(bytes);
  return entry;
}

Sound<std::size_t> TarStream::read_content(std::span<std::byte> out) {
  const std::uint64_t left = content_end_ - std::min(content_end_, source_.position());
  out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left)));
  if (out.empty()) return std::size_t{0};
  auto count = source_.read(out);
  if (!count) return std::move(count).error();
  if (*count == 0)
    return Finding(Flaw::kTruncated, source_.position(), "the tar ends inside the content of an entry");
  return *count;
}

}  // namespace lake::archive
