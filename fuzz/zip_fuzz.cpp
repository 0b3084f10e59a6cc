#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "lake/archive/container.hpp"
#include "lake/archive/inflater.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace {

using lake::archive::Container;
using lake::archive::Entry;
using lake::archive::EntryReader;

/// The whole of it within the bounds, or an error with a code that is meant for archives.
void read_all(lake::Result<std::unique_ptr<EntryReader>> reader, const Entry& entry) {
  if (!reader) return;
  std::vector<std::byte> chunk(4096);
  std::uint64_t bytes = 0;
  for (;;) {
    const auto count = (*reader)->read(chunk);
    if (!count || *count == 0) {
      if (count && entry.bytes && bytes != *entry.bytes) __builtin_trap();
      if (!count && count.error().code() == lake::ErrorCode::kInternal) __builtin_trap();
      break;
    }
    bytes += *count;
    if (entry.bytes && bytes > *entry.bytes) __builtin_trap();
  }
}

void walk(Container& container, std::uint64_t size) {
  const auto cursor = container.entries();
  if (!cursor) return;
  for (int met = 0; met < 200; ++met) {
    const auto next = (*cursor)->next();
    if (!next || !*next) break;
    const Entry& entry = **next;
    if (!lake::archive::is_utf8(entry.name)) __builtin_trap();
    read_all(container.open_entry(entry), entry);
    const auto range = container.stored_range(entry);
    if (range && !entry.flaw && range->end() > size) __builtin_trap();
    Entry stored = entry;
    stored.bytes.reset();
    read_all(container.open_stored(entry), stored);
    lake::archive::hazards_of(entry.name);
  }
  for (const auto& gap : (*cursor)->gaps()) {
    if (gap.end() > size || gap.bytes == 0) __builtin_trap();
  }
}

/// Our decoder and zlib's say the same of the same bytes, as far as both go.
void compare_with_zlib(const std::uint8_t* data, std::size_t size) {
  std::string expected(1U << 16U, '\0');
  z_stream stream{};
  if (inflateInit2(&stream, -15) != Z_OK) return;
  stream.next_in = const_cast<Bytef*>(data);
  stream.avail_in = static_cast<uInt>(size);
  stream.next_out = reinterpret_cast<Bytef*>(expected.data());
  stream.avail_out = static_cast<uInt>(expected.size());
  const int code = inflate(&stream, Z_FINISH);
  const std::uint64_t expected_end = stream.total_in;
  expected.resize(stream.total_out);
  inflateEnd(&stream);
  if (code != Z_STREAM_END) return;
  lake::archive::Inflater inflater;
  std::string content(expected.size() + 1, '\0');
  std::size_t done = 0;
  std::span<const std::byte> in = std::as_bytes(std::span(data, size));
  for (;;) {
    const auto step = inflater.step(in.first(std::min<std::size_t>(in.size(), 61)),
                                    std::as_writable_bytes(std::span(content)).subspan(done));
    in = in.subspan(step.consumed);
    done += step.produced;
    if (step.state == lake::archive::Inflater::State::kWrong) __builtin_trap();
    if (step.state == lake::archive::Inflater::State::kFinished) break;
    if (step.consumed == 0 && step.produced == 0) __builtin_trap();
  }
  content.resize(done);
  if (content != expected || inflater.stream_bytes() != expected_end) __builtin_trap();
}

}  // namespace

// Any bytes as a zip, with its directory or salvaged: names are text, content is at most what was declared,
// and what is complete has the declared length. The same bytes as a DEFLATE stream: as zlib reads it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lake::sim::SimClock clock;
  lake::sim::SimFileSystem files(clock);
  lake::telemetry::Metrics metrics;
  if (!files.replace_file("/a", {reinterpret_cast<const char*>(data), size})) __builtin_trap();
  for (const bool salvage : {false, true}) {
    lake::archive::OpenOptions options;
    options.salvage = salvage;
    options.kind = lake::archive::ContainerKind::kZip;
    options.bounds.ratio_free_bytes = 64U << 10U;
    options.bounds.entry_count_max = 1000;
    const auto container = Container::open(files, metrics, "/a", options);
    if (container) walk(**container, size);
  }
  compare_with_zlib(data, size);
  return 0;
}
