// archive_listing [--salvage] PATH: one line for each entry: name in hex, kind, content bytes read, CRC-32 of
// them, verdict; then "end VERDICT". For archive_property_test.py, which made the archives by other means.
#include <fmt/format.h>

#include <cstdio>
#include <string_view>
#include <vector>

#include "lake/archive/container.hpp"

namespace {

using lake::archive::Entry;
using lake::archive::EntryReader;

std::string verdict_of(const std::optional<lake::archive::Finding>& finding) {
  return finding ? std::string(name_of(finding->flaw)) : "complete";
}

void print_entry(const Entry& entry, lake::Result<std::unique_ptr<EntryReader>> reader) {
  std::string hex;
  for (const char c : entry.name) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  std::string verdict = entry.flaw ? verdict_of(entry.flaw) : "refused";
  std::uint64_t bytes = 0;
  std::uint32_t crc = 0;
  if (reader) {
    std::vector<std::byte> chunk(lake::archive::kChunkBytesMax);
    for (;;) {
      const auto count = (*reader)->read(chunk);
      if (!count || *count == 0) break;
    }
    verdict = verdict_of((*reader)->finding());
    bytes = (*reader)->position();
    crc = (*reader)->crc32_so_far();
  }
  fmt::print("{} {} {} {:08x} {}\n", hex, name_of(entry.kind), bytes, crc, verdict);
}

}  // namespace

int main(int count, char** words) {
  lake::archive::OpenOptions options;
  options.salvage = count == 3 && std::string_view(words[1]) == "--salvage";
  if (count != (options.salvage ? 3 : 2)) return 2;
  lake::os::PosixFileSystem files;
  lake::telemetry::Metrics metrics;
  const auto container = lake::archive::Container::open(files, metrics, words[count - 1], options);
  if (!container) {
    fmt::print("end {}\n", name_of(container.error().code()));
    return 0;
  }
  const auto cursor = (*container)->entries();
  if (!cursor) return 1;
  for (;;) {
    const auto entry = (*cursor)->next();
    if (!entry || !*entry) break;
    print_entry(**entry, (*cursor)->open_current());
  }
  fmt::print("end {}\n", verdict_of((*cursor)->finding()));
  return 0;
}
