#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "lake/archive/entry_reader.hpp"
#include "lake/base/mutex.hpp"
#include "lake/codec/hash.hpp"
#include "lake/takeout/content.hpp"

namespace lake::ingest {

/// What all who read entries of an import share. Threads: any.
struct ReadingPulse {
  std::atomic<bool> stopped{false};  // set: contents end with kCancelled
  std::atomic<std::uint64_t> content_bytes{0};
  std::atomic<std::uint64_t> cpu_nanos{0};  // of reading threads
};

/// Reads an entry on a thread of its own, a few pieces ahead of who takes them, and hashes it on the way.
/// Memory: kPieces pieces. Threads: one takes; the destructor ends the other. Lifetime: reader and pulse
/// outlive it; while it lives nobody else uses the reader.
class ReadAhead {
 public:
  ReadAhead(archive::EntryReader& reader, ReadingPulse& pulse, codec::Xxh3Stream& hash);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// As EntryReader::read.
  Result<std::size_t> take(std::span<std::byte> out);

 private:
  static constexpr std::size_t kPieces = 4;
  static constexpr std::size_t kPieceBytes = 512U << 10U;
  struct Piece {
    std::vector<std::byte> bytes;
    std::size_t size = 0;
  };
  void loop();
  /// False when nobody takes any more.
  bool publish(std::size_t size);

  archive::EntryReader& reader_;
  ReadingPulse& pulse_;
  codec::Xxh3Stream& hash_;
  std::array<Piece, kPieces> pieces_;
  std::size_t given_ = 0;  // of the piece being taken
  Mutex mutex_;
  CondVar changed_;
  std::uint64_t filled_ LAKE_GUARDED_BY(mutex_) = 0;  // pieces, since the beginning
  std::uint64_t taken_ LAKE_GUARDED_BY(mutex_) = 0;
  bool ended_ LAKE_GUARDED_BY(mutex_) = false;     // the reader gave all
  bool unwanted_ LAKE_GUARDED_BY(mutex_) = false;  // nobody takes any more
  std::optional<Error> failure_ LAKE_GUARDED_BY(mutex_);
  std::thread thread_;
};

/// An entry of an archive as parsers read it: its beginning is looked at first and given again. Size and
/// XXH3 of all content are known after drain(). Threads: one. Lifetime: reader and pulse outlive it.
class EntryContent final : public takeout::Content {
 public:
  /// `declared_bytes`: what the archive says of its size.
  EntryContent(archive::EntryReader& reader, ReadingPulse& pulse,
               std::optional<std::uint64_t> declared_bytes = {});

  [[nodiscard]] std::string_view head() const { return head_; }
  /// The head is everything.
  [[nodiscard]] bool is_whole() const { return ended_; }
  /// From now on the rest is read on another thread, where there is a rest worth it.
  void read_ahead(std::optional<std::uint64_t> declared_bytes);

  Result<std::size_t> read(std::span<std::byte> out) override;
  /// From now on `each` is given everything, the head first, as it is read.
  void tap(std::function<void(std::span<const std::byte>)> each);
  /// Reads what no parser wanted.
  void drain();
  /// The next bytes of that, which the tap is not given; 0 at the end.
  std::size_t next(std::span<std::byte> out);
  /// True when reading ended because the import does.
  [[nodiscard]] bool is_stopped() const { return stopped_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t hash() const { return hash_.digest(); }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  static constexpr std::uint64_t kAheadBytesMin = 4U << 20U;
  std::size_t take(std::span<std::byte> out);

  archive::EntryReader& reader_;
  ReadingPulse& pulse_;
  codec::Xxh3Stream hash_;
  std::string head_;
  std::size_t given_ = 0;
  std::uint64_t bytes_ = 0;
  bool ended_ = false;
  bool stopped_ = false;
  std::optional<Error> failure_;
  std::function<void(std::span<const std::byte>)> tap_;
  std::optional<ReadAhead> ahead_;  // last: it ends before what it uses
};

/// Processor time of the calling thread so far.
std::uint64_t thread_cpu_nanos();

}  // namespace lake::ingest
