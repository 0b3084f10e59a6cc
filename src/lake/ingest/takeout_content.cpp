#include "lake/ingest/takeout_content.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "lake/takeout/product.hpp"

namespace lake::ingest {
namespace {

Error stop_error() { return Error(ErrorCode::kCancelled, "the import ends"); }

void hash_bytes(codec::Xxh3Stream& hash, std::span<const std::byte> bytes) {
  hash.update({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::uint64_t thread_cpu_nanos() {
  rusage used{};
  getrusage(RUSAGE_THREAD, &used);
  const auto nanos = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_usec) * 1'000U;
  };
  return nanos(used.ru_utime) + nanos(used.ru_stime);
}

ReadAhead::ReadAhead(archive::EntryReader& reader, ReadingPulse& pulse, codec::Xxh3Stream& hash)
    : reader_(reader), pulse_(pulse), hash_(hash) {
  thread_ = std::thread([this] {
    loop();
    pulse_.cpu_nanos += thread_cpu_nanos();
  });
}

ReadAhead::~ReadAhead() {
  {
    const MutexLock lock(mutex_);
    unwanted_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ReadAhead::loop() {
  for (std::size_t at = 0;; at = (at + 1) % kPieces) {
    auto& piece = pieces_[at];
    piece.bytes.resize(kPieceBytes);
    piece.size = 0;
    std::optional<Error> failure;
    if (pulse_.stopped) {
      failure = stop_error();
    } else if (auto read = reader_.read(piece.bytes); !read) {
      failure = read.error();
    } else {
      piece.size = *read;
      hash_bytes(hash_, std::span(piece.bytes).first(piece.size));
      pulse_.content_bytes += piece.size;
    }
    if (failure) {
      const MutexLock lock(mutex_);
      failure_ = std::move(failure);
    }
    if (!publish(piece.size)) return;
  }
}

bool ReadAhead::publish(std::size_t size) {
  bool goes_on = false;
  {
    const MutexLock lock(mutex_);
    if (size == 0) {
      ended_ = true;
    } else {
      ++filled_;
      // One piece stays with who takes.
      while (!unwanted_ && filled_ - taken_ >= kPieces - 1) changed_.wait(mutex_);
      goes_on = !unwanted_;
    }
    changed_.notify_all();
  }
  return goes_on;
}

Result<std::size_t> ReadAhead::take(std::span<std::byte> out) {
  std::size_t at = 0;
  {
    const MutexLock lock(mutex_);
    while (taken_ == filled_ && !ended_) changed_.wait(mutex_);
    if (taken_ == filled_) {
      if (failure_) return *failure_;
      return std::size_t{0};
    }
    at = taken_ % kPieces;
  }
  // It is not written to before taken_ moves, which this thread alone does.
  const auto& piece = pieces_[at];
  const auto count = std::min(out.size(), piece.size - given_);
  std::memcpy(out.data(), piece.bytes.data() + given_, count);
  given_ += count;
  if (given_ == piece.size) {
    given_ = 0;
    const MutexLock lock(mutex_);
    ++taken_;
    changed_.notify_all();
  }
  return count;
}

EntryContent::EntryContent(archive::EntryReader& reader, ReadingPulse& pulse,
                           std::optional<std::uint64_t> declared_bytes)
    : reader_(reader), pulse_(pulse) {
  // Most entries are small; one byte more than was declared tells the end.
  head_.resize(
      std::min<std::uint64_t>(declared_bytes.value_or(takeout::kHeadBytes), takeout::kHeadBytes - 1) + 1);
  std::size_t size = 0;
  while (size < head_.size()) {
    const auto read = take({reinterpret_cast<std::byte*>(head_.data() + size), head_.size() - size});
    if (read == 0) break;
    size += read;
  }
  head_.resize(size);
}

void EntryContent::read_ahead(std::optional<std::uint64_t> declared_bytes) {
  if (!ended_ && declared_bytes.value_or(UINT64_MAX) >= kAheadBytesMin)
    ahead_.emplace(reader_, pulse_, hash_);
}

Result<std::size_t> EntryContent::read(std::span<std::byte> out) {
  if (given_ < head_.size()) {
    const auto count = std::min(out.size(), head_.size() - given_);
    std::copy_n(reinterpret_cast<const std::byte*>(head_.data()) + given_, count, out.data());
    given_ += count;
    return count;
  }
  const auto count = take(out);
  if (count == 0 && failure_) return *failure_;
  return count;
}

void EntryContent::tap(std::function<void(std::span<const std::byte>)> each) {
  tap_ = std::move(each);
  tap_(std::as_bytes(std::span(head_)));
}

void EntryContent::drain() {
  if (ended_) return;
  // So little that it stays in the processor's cache between reading, checking and hashing.
  constexpr std::size_t kDrainBytes = std::size_t{64} << 10U;
  const auto rest = std::make_unique_for_overwrite<std::byte[]>(kDrainBytes);
  while (take({rest.get(), kDrainBytes}) > 0) {
  }
}

std::size_t EntryContent::take(std::span<std::byte> out) {
  const auto count = next(out);
  if (tap_ && count > 0) tap_(out.first(count));
  return count;
}

std::size_t EntryContent::next(std::span<std::byte> out) {
  if (ended_) return 0;
  stopped_ = pulse_.stopped;
  auto read = stopped_ ? Result<std::size_t>(stop_error()) : ahead_ ? ahead_->take(out) : reader_.read(out);
  if (!read) {
    failure_ = read.error();
    stopped_ = stopped_ || pulse_.stopped;
  }
  if (!read || *read == 0) {
    ended_ = true;
    return 0;
  }
  if (!ahead_) {
    hash_bytes(hash_, out.first(*read));
    pulse_.content_bytes += *read;
  }
  bytes_ += *read;
  return *read;
}

}  // namespace lake::ingest
