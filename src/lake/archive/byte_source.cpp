#include "lake/archive/byte_source.hpp"

#include <algorithm>
#include <cstring>

namespace lake::archive {

Sound<std::uint64_t> ByteSource::skip(std::uint64_t bytes) {
  std::vector<std::byte> scratch(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 64U << 10U)));
  std::uint64_t done = 0;
  while (done < bytes) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(scratch.size(), bytes - done));
    auto count = read(std::span(scratch).first(want));
    if (!count) return std::move(count).error();
    if (*count == 0) break;
    done += *count;
  }
  return done;
}

Sound<std::size_t> read_full(ByteSource& source, std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    auto count = source.read(out.subspan(done));
    if (!count && done > 0) return done;
    if (!count) return std::move(count).error();
    if (*count == 0) break;
    done += *count;
  }
  return done;
}

Sound<std::size_t> RangeSource::read(std::span<std::byte> out) {
  const std::uint64_t left = range_.bytes - position_;
  out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left)));
  if (!out.empty() && file_offset() >= file_->bytes())
    return Finding(Flaw::kTruncated, file_->bytes(), "the file ends inside the content");
  auto count = file_->read(range_.offset + position_, out);
  if (!count) return std::move(count).error();
  position_ += *count;
  return *count;
}

Sound<std::uint64_t> RangeSource::skip(std::uint64_t bytes) {
  const std::uint64_t in_file = file_->bytes() - std::min(file_->bytes(), range_.offset);
  const std::uint64_t end = std::min(range_.bytes, in_file);
  const std::uint64_t passed = std::min(bytes, end - std::min(end, position_));
  position_ += passed;
  return passed;
}

InflateSource::InflateSource(ArchiveFilePtr file, ByteRange range) : file_(std::move(file)), range_(range) {}

std::uint64_t InflateSource::file_offset() const { return range_.offset + inflater_.stream_bytes(); }

Sound<void> InflateSource::refill() {
  if (buffer_.empty())
    buffer_.resize(static_cast<std::size_t>(std::clamp<std::uint64_t>(range_.bytes, 1, kInputBytes)));
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size(), range_.bytes - taken_));
  auto count = file_->read(range_.offset + taken_, std::span(buffer_).first(want));
  if (!count) return std::move(count).error();
  taken_ += *count;
  input_ = std::span(buffer_).first(*count);
  return {};
}

Sound<std::size_t> InflateSource::read(std::span<std::byte> out) {
  if (finding_) return *finding_;
  while (!finished_ && !out.empty()) {
    if (input_.empty() && taken_ < range_.bytes) {
      if (auto filled = refill(); !filled) {
        finding_ = std::move(filled).error();
        return *finding_;
      }
    }
    const bool input_ended = input_.empty();
    const auto step = inflater_.step(input_, out);
    input_ = input_.subspan(step.consumed);
    finished_ = step.state == Inflater::State::kFinished;
    if (step.state == Inflater::State::kWrong)
      finding_ = Finding(Flaw::kDamaged, file_offset(), "the compressed bytes are not a DEFLATE stream");
    else if (!finished_ && input_ended && step.produced == 0)
      finding_ = Finding(Flaw::kTruncated, range_.end(), "the compressed stream has no end");
    if (step.produced > 0) return step.produced;
    if (finding_) return *finding_;
  }
  if (finished_ && !rest_allowed_ && stream_bytes() != range_.bytes) {
    finding_ = Finding(Flaw::kSizeMismatch, range_.offset + stream_bytes(),
                       "the compressed stream ends before its stored bytes do");
    return *finding_;
  }
  return std::size_t{0};
}

Sound<std::size_t> BufferedSource::read(std::span<std::byte> out) {
  std::size_t count = 0;
  if (begin_ == end_ && out.size() >= kBufferBytes) {
    auto direct = inner_->read(out);
    if (!direct) return std::move(direct).error();
    count = *direct;
  } else {
    if (begin_ == end_) {
      buffer_.resize(kBufferBytes);
      auto filled = inner_->read(buffer_);
      if (!filled) return std::move(filled).error();
      begin_ = 0;
      end_ = *filled;
    }
    count = std::min(out.size(), end_ - begin_);
    if (count > 0) std::memcpy(out.data(), buffer_.data() + begin_, count);
    begin_ += count;
  }
  position_ += count;
  return count;
}

Sound<std::uint64_t> BufferedSource::skip(std::uint64_t bytes) {
  const std::uint64_t buffered = std::min<std::uint64_t>(bytes, end_ - begin_);
  begin_ += static_cast<std::size_t>(buffered);
  position_ += buffered;
  if (buffered == bytes) return bytes;
  auto passed = inner_->skip(bytes - buffered);
  if (!passed) return std::move(passed).error();
  position_ += *passed;
  return buffered + *passed;
}

}  // namespace lake::archive
