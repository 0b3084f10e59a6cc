#include "lake/ingest/takeout_rests.hpp"

#include <array>
#include <vector>

#include "lake/base/assert.hpp"

namespace lake::ingest {

void read_rests(std::span<OpenEntry* const> entries) {
  constexpr std::size_t kTogether = codec::Sha256Stream::kTogether;
  // So little that it stays in the processor's cache between reading, checking and hashing.
  constexpr std::size_t kPieceBytes = std::size_t{64} << 10U;
  const auto memory = std::make_unique_for_overwrite<std::byte[]>(kTogether * kPieceBytes);
  std::vector<OpenEntry*> reading;
  std::vector<object::ContentSummer*> summers;
  std::vector<std::span<const std::byte>> pieces;
  std::size_t begun = 0;
  while (true) {
    summers.clear();
    pieces.clear();
    for (std::size_t i = 0; i < kTogether;) {
      if (i == reading.size()) {
        if (begun == entries.size()) break;
        reading.push_back(entries[begun++]);
      }
      const std::span<std::byte> piece(memory.get() + i * kPieceBytes, kPieceBytes);
      const auto count = reading[i]->content.next(piece);
      if (count == 0) {  // the next one takes its place
        reading.erase(reading.begin() + static_cast<std::ptrdiff_t>(i));
        continue;
      }
      auto* const summer = reading[i]->blob->summer();
      LAKE_ASSERT(summer != nullptr);
      summers.push_back(summer);
      pieces.push_back(piece.first(count));
      ++i;
    }
    if (summers.empty()) return;
    object::ContentSummer::update_each(summers, pieces);
  }
}

}  // namespace lake::ingest
