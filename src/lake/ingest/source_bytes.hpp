#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "lake/base/result.hpp"
#include "lake/ingest/source_files.hpp"
#include "lake/os/file_system.hpp"

namespace lake::ingest {

/// What is asked of a file beside being whole.
struct SourceBounds {
  std::uint64_t unpacked_bytes_max = 0;  // 0 = no bound, and none on how much larger it becomes either
  bool whole_text = false;               // every byte of a text is looked at, not its beginning alone
};

/// Looks at the bytes of a file before it is read into a table, since the engine's readers take what they
/// get out of a damaged one for the whole: a compressed file is unpacked from end to end (each gzip member
/// with its checksum and length, each zstd frame with its checksum when it has one; the file has to end where
/// one of them ends), a Parquet file has to have its end, and text has to look like UTF-8 at its beginning.
/// What is unpacked is thrown away: a compressed file costs its unpacking twice, memory stays below 1 MiB
/// (zstd: and its window, at most 128 MiB). `given_up`: asked between blocks; may be empty. Errors:
/// kCorruption (damaged), kInvalidArgument (UTF-16; with bounds.whole_text the line of the first byte that is
/// no UTF-8), kResourceExhausted (more than `bounds` allows), kCancelled, those of reading.
Status verify_source_bytes(os::FileSystem& files, const SourceFile& file,
                           const std::function<bool()>& given_up, const SourceBounds& bounds = {});

/// The lines, from 1, that places of a file's unpacked bytes are in, as editors count: line feeds, returns,
/// and both together each end one, within quotes too. `places`: rising; one behind the end is in the last
/// line. Reads the file up to the last of them. Errors: as above, but for what `bounds` asks.
Result<std::vector<std::uint64_t>> lines_at(os::FileSystem& files, const SourceFile& file,
                                            const std::function<bool()>& given_up,
                                            std::span<const std::uint64_t> places);

}  // namespace lake::ingest
