#include "lake/archive/gzip_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lake/archive/little_endian.hpp"

namespace lake::archive {
namespace {

constexpr unsigned kFlagHeaderCrc = 0x02;
constexpr unsigned kFlagExtra = 0x04;
constexpr unsigned kFlagName = 0x08;
constexpr unsigned kFlagComment = 0x10;
constexpr unsigned kFlagsReserved = 0xE0;
constexpr std::size_t kHeaderBytes = 10;
constexpr std::size_t kTrailerBytes = 8;
constexpr unsigned kMethodDeflated = 8;

}  // namespace

Sound<std::size_t> GzipSource::read(std::span<std::byte> out) {
  if (finding_) return *finding_;
  auto count = next(out);
  if (!count) {
    finding_ = std::move(count).error();
    return *finding_;
  }
  return *count;
}

Sound<std::size_t> GzipSource::next(std::span<std::byte> out) {
  while (!ended_ && !out.empty()) {
    if (!in_member_) {
      auto more = begin_member(taken_);
      if (!more) return std::move(more).error();
      ended_ = !*more;
      continue;
    }
    if (content_ > bounds_.content_bytes_max || !bounds_.allows_ratio(content_, file_offset()))
      return Finding(Flaw::kBound, file_offset(), "the gzip stream grows beyond what is allowed");
    if (input_.empty()) {
      auto count = file_->read(taken_, buffer_);
      if (!count) return std::move(count).error();
      taken_ += *count;
      input_ = std::span(buffer_).first(*count);
    }
    const bool file_ended = input_.empty();
    const auto step = inflater_.step(input_, out);
    input_ = input_.subspan(step.consumed);
    crc_ = crc32(crc_, out.first(step.produced));
    member_content_ += step.produced;
    content_ += step.produced;
    if (step.state == Inflater::State::kWrong)
      finding_ = Finding(Flaw::kDamaged, file_offset(), "the gzip stream is damaged");
    if (step.produced > 0) return step.produced;
    if (finding_) return *finding_;
    if (step.state == Inflater::State::kFinished) {
      if (auto end = end_member(); !end) return std::move(end).error();
    } else if (file_ended) {
      return Finding(Flaw::kTruncated, file_->bytes(), "the gzip stream is cut off");
    }
  }
  return std::size_t{0};
}

Sound<void> GzipSource::read_exactly(std::uint64_t place, std::span<std::byte> out) const {
  auto count = file_->read(place, out);
  if (!count) return std::move(count).error();
  if (*count < out.size()) return Finding(Flaw::kTruncated, file_->bytes(), "the gzip stream is cut off");
  return {};
}

Sound<std::uint64_t> GzipSource::skip_text(std::uint64_t place) const {
  std::array<std::byte, 512> piece{};
  for (const std::uint64_t begin = place; place - begin < kNameBytesMax;) {
    auto count = file_->read(place, piece);
    if (!count) return std::move(count).error();
    if (*count == 0) return Finding(Flaw::kTruncated, file_->bytes(), "the gzip stream is cut off");
    const std::size_t nul = text_of(std::span(piece).first(*count)).find('\0');
    if (nul != std::string_view::npos) return place + nul + 1;
    place += *count;
  }
  return Finding(Flaw::kBound, place, "a name in a gzip header is too long");
}

Sound<void> GzipSource::check_padding(std::uint64_t place) const {
  std::vector<std::byte> piece(64U << 10U);
  for (;;) {
    auto count = file_->read(place, piece);
    if (!count) return std::move(count).error();
    if (*count == 0) return {};
    const auto end = piece.begin() + static_cast<std::ptrdiff_t>(*count);
    const auto other = std::find_if(piece.begin(), end, [](std::byte byte) { return byte != std::byte{0}; });
    if (other != end)
      return Finding(Flaw::kDamaged, place + static_cast<std::uint64_t>(other - piece.begin()),
                     "bytes follow the gzip stream that belong to nothing");
    place += *count;
  }
}

Sound<bool> GzipSource::begin_member(std::uint64_t place) {
  std::array<std::byte, kHeaderBytes> header{};
  auto count = file_->read(place, header);
  if (!count) return std::move(count).error();
  const bool first = place == 0;
  if (*count == 0 && !first) return false;
  const bool is_member = *count >= 2 && header[0] == std::byte{0x1F} && header[1] == std::byte{0x8B};
  if (!is_member && first) return Finding(Flaw::kDamaged, 0, "the file is not gzip");
  if (!is_member) {
    if (auto padding = check_padding(place); !padding) return std::move(padding).error();
    return false;
  }
  if (*count < header.size()) return Finding(Flaw::kTruncated, file_->bytes(), "the gzip stream is cut off");
  const auto flags = std::to_integer<unsigned>(header[3]);
  if (std::to_integer<unsigned>(header[2]) != kMethodDeflated || (flags & kFlagsReserved) != 0)
    return Finding(Flaw::kDamaged, place, "a gzip header has a method or flags that are not defined");
  std::uint64_t at = place + kHeaderBytes;
  if ((flags & kFlagExtra) != 0) {
    std::array<std::byte, 2> length{};
    if (auto got = read_exactly(at, length); !got) return std::move(got).error();
    at += 2U + le16(length);
  }
  for (const unsigned flag : {kFlagName, kFlagComment}) {
    if ((flags & flag) == 0) continue;
    auto end = skip_text(at);
    if (!end) return std::move(end).error();
    at = *end;
  }
  if ((flags & kFlagHeaderCrc) != 0) at += 2;
  inflater_.restart();
  member_offset_ = at;
  taken_ = at;
  input_ = {};
  crc_ = 0;
  member_content_ = 0;
  in_member_ = true;
  return true;
}

Sound<void> GzipSource::end_member() {
  const std::uint64_t place = member_offset_ + inflater_.stream_bytes();
  std::array<std::byte, kTrailerBytes> trailer{};
  if (auto got = read_exactly(place, trailer); !got) return std::move(got).error();
  const std::span<const std::byte> bytes(trailer);
  if (le32(bytes) != crc_)
    return Finding(Flaw::kCrcMismatch, place,
                   fmt::format("CRC-32 of a gzip member is {:08x}, declared is {:08x}", crc_, le32(bytes)));
  if (le32(bytes.subspan(4)) != static_cast<std::uint32_t>(member_content_))
    return Finding(Flaw::kSizeMismatch, place, "the length of a gzip member is not the one declared");
  in_member_ = false;
  taken_ = place + kTrailerBytes;
  input_ = {};
  // so that file_offset() stands behind the trailer
  inflater_.restart();
  member_offset_ = taken_;
  return {};
}

}  // namespace lake::archive
