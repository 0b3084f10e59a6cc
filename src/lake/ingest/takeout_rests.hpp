#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "lake/ingest/takeout_blobs.hpp"
#include "lake/ingest/takeout_content.hpp"
#include "lake/takeout/entry_state.hpp"
#include "lake/takeout/product.hpp"

namespace lake::ingest {

/// An entry that is being read. Lifetime: the pulse outlives it.
struct OpenEntry {
  OpenEntry(std::unique_ptr<archive::EntryReader> its_reader, ReadingPulse& pulse,
            std::optional<std::uint64_t> declared_bytes)
      : reader(std::move(its_reader)), content(*reader, pulse, declared_bytes) {}
  const std::unique_ptr<archive::EntryReader> reader;
  EntryContent content;
  std::optional<BlobTaking> blob;
  takeout::ParseEnd end;
  takeout::EntryState state = takeout::EntryState::kBlobOnly;  // unless reading it fails
  std::string advice;
  bool is_salvaged = false;
};

/// Reads what no parser wanted of entries whose bytes stay where they are, beside each other: summing them so
/// takes little more than half of the time that one after the other takes. Each has a blob with a summer().
void read_rests(std::span<OpenEntry* const> entries);

}  // namespace lake::ingest
