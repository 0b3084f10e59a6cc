#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lake/archive/byte_source.hpp"
#include "lake/archive/entry_reader.hpp"
#include "lake/archive/tar_header.hpp"

namespace lake::archive {

/// The members of a tar as they come. Offsets are those of the tar. Memory: 64 KB and one extended header of
/// at most 1 MB. Threads: one at a time.
class TarStream {
 public:
  TarStream(std::unique_ptr<ByteSource> source, const Bounds& bounds)
      : source_(std::move(source)), bounds_(bounds) {}

  /// Passes over what is left of the present member and reads the next one's headers; nothing after the end
  /// marker. kTruncated when there is no such marker; kDamaged (also for bytes behind the marker), kBound,
  /// kIo.
  Sound<std::optional<Entry>> next();
  /// Content of the present member, up to `out.size()` bytes; 0 at its end.
  Sound<std::size_t> read_content(std::span<std::byte> out);
  /// Which member is present; changes with each next().
  [[nodiscard]] std::uint64_t member() const { return member_; }
  [[nodiscard]] std::uint64_t position() const { return source_.position(); }

 private:
  /// What extended headers say about the entry that follows them.
  struct Extension {
    std::optional<std::string> name;
    std::optional<std::string> link;
    PaxRecords pax;
  };
  Sound<bool> read_block(TarBlock& block);
  Sound<std::optional<TarHeader>> next_header(TarBlock& block);
  Sound<void> read_extension(const TarHeader& header, Extension& extension);
  Sound<std::string> read_payload(const TarHeader& header);
  Sound<Entry> entry_of(const TarHeader& header, const Extension& extension);
  Sound<void> pass_sparse_map(bool continues);
  Sound<void> check_rest();

  BufferedSource source_;
  Bounds bounds_;
  std::uint64_t member_ = 0;
  std::uint64_t header_offset_ = 0;
  std::uint64_t content_end_ = 0;
  std::uint64_t member_end_ = 0;
  bool ended_ = false;
};

}  // namespace lake::archive
