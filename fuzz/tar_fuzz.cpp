#include <cstdint>
#include <vector>

#include "lake/archive/container.hpp"
#include "lake/sim/clock.hpp"
#include "lake/sim/file_system.hpp"

namespace {

using lake::archive::Container;
using lake::archive::ContainerKind;

/// Content read in the stream is the content read by itself.
void walk(Container& container, std::uint64_t size) {
  const auto cursor = container.entries();
  if (!cursor) return;
  std::vector<std::byte> chunk(4096);
  for (int met = 0; met < 50; ++met) {
    const auto next = (*cursor)->next();
    if (!next || !*next) break;
    const auto& entry = **next;
    if (!lake::archive::is_utf8(entry.name) || entry.data_offset < entry.header_offset + 512)
      __builtin_trap();
    const auto range = container.stored_range(entry);
    if (range && !entry.flaw && range->end() > size) __builtin_trap();
    const auto in_stream = (*cursor)->open_current();
    const auto alone = container.open_entry(entry);
    if (in_stream.has_value() != alone.has_value()) __builtin_trap();
    std::uint64_t bytes = 0;
    while (in_stream) {
      const auto count = (*in_stream)->read(chunk);
      if (count && *count > 0) bytes += *count;
      if (entry.bytes && bytes > *entry.bytes) __builtin_trap();
      if (count && *count == 0 && bytes != entry.stored_bytes) __builtin_trap();
      if (!count || *count == 0) break;
    }
    while (alone) {
      const auto count = (*alone)->read(chunk);
      if (!count || *count == 0) break;
    }
    // How many bytes of a damaged stream come before its error depends on the size of the reads.
    if (in_stream && (*in_stream)->is_complete() && (*alone)->is_complete() &&
        (*in_stream)->crc32_so_far() != (*alone)->crc32_so_far()) {
      __builtin_trap();
    }
  }
}

}  // namespace

// Any bytes as a tar, and as a gzip of one: content stays within what was declared.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lake::sim::SimClock clock;
  lake::sim::SimFileSystem files(clock);
  lake::telemetry::Metrics metrics;
  if (!files.replace_file("/a", {reinterpret_cast<const char*>(data), size})) __builtin_trap();
  for (const auto kind : {ContainerKind::kTar, ContainerKind::kTarGzip}) {
    lake::archive::OpenOptions options;
    options.kind = kind;
    options.bounds.ratio_free_bytes = 64U << 10U;
    options.bounds.entry_count_max = 1000;
    const auto container = Container::open(files, metrics, "/a", options);
    if (container) walk(**container, size);
  }
  return 0;
}
