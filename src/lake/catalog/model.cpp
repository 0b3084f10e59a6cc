#include "lake/catalog/model.hpp"

#include <algorithm>

#include "lake/base/assert.hpp"

namespace lake::catalog {

void Segment::append(SegmentChunk chunk) {
  const MutexLock lock(mutex_);
  LAKE_ASSERT(chunks_.empty() ? chunk.start == 0
                              : chunk.start == chunks_.back().start + chunks_.back().row_count);
  chunks_.push_back(std::move(chunk));
}

std::vector<SegmentChunk> Segment::chunks(std::uint32_t from_row, std::uint32_t row_count) const {
  const MutexLock lock(mutex_);
  const auto starts_before = [](const SegmentChunk& chunk, std::uint32_t row) { return chunk.start < row; };
  const auto first = std::lower_bound(chunks_.begin(), chunks_.end(), from_row, starts_before);
  const auto last = std::lower_bound(first, chunks_.end(), row_count, starts_before);
  return {first, last};
}

TablePtr Snapshot::find(const std::string& schema, const std::string& table) const {
  const auto known = table_names->find({lower_ascii(schema), lower_ascii(table)});
  return known == table_names->end() ? nullptr : find(known->second);
}

TablePtr Snapshot::find(TableId id) const {
  const auto known = tables.find(id);
  return known == tables.end() ? nullptr : known->second;
}

void Snapshot::count_inline(const Table* before, const Table* after) {
  if (before != nullptr) {
    inline_bytes -= before->segment_bytes;
    inline_chunks -= before->segment_chunks;
    inline_segments -= before->segments.size();
  }
  if (after != nullptr) {
    inline_bytes += after->segment_bytes;
    inline_chunks += after->segment_chunks;
    inline_segments += after->segments.size();
  }
}

bool same_rows(const std::vector<Field>& left, const std::vector<Field>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const Field& one, Field other) {
    other.comment = one.comment;
    if (!same_rows(one.children, other.children)) return false;
    other.children = one.children;
    return one == other;
  });
}

std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& letter : lower) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return lower;
}

}  // namespace lake::catalog
