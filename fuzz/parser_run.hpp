#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "lake/takeout/product.hpp"
#include "lake/takeout/versions.hpp"

namespace lake::takeout::fuzzing {

/// Checks what every parser promises of a batch.
class CheckingTaker final : public EntrySink::Taker {
 public:
  Status take(Batch& batch, const ElementCounts& counts) override {
    if (counts.rejected > counts.elements) __builtin_trap();
    for (const auto& table : batch.tables()) {
      const auto versions = versions_in(table);
      std::size_t rows = versions.repeats.size();
      for (const auto& group : versions.groups) rows += group.size();
      if (rows != table.rows.row_count()) __builtin_trap();
    }
    batch.clear();
    return ok();
  }
};

/// The parser takes any bytes, tells the same whatever the reads, and gives as many rejects as it counts.
inline void run_parser(const Product& product, std::string_view name, std::string_view text,
                       std::size_t chunk_bytes) {
  const EntryHead head(name, text.substr(0, kHeadBytes), text.size() <= kHeadBytes);
  static_cast<void>(product.recognise(head));
  ElementCounts first;
  for (const std::size_t chunk : {SIZE_MAX, chunk_bytes}) {
    TextContent content(text, chunk);
    Batch batch;
    SchemaDrift drift;
    CheckingTaker taker;
    EntrySink sink({1, 1, 0}, batch, drift, taker, 1U << 20U, 1000);
    const auto end = product.parse(head, {}, content, sink);
    if (!end || !taker.take(batch, sink.counts())) __builtin_trap();
    const auto& counts = sink.counts();
    if (chunk == SIZE_MAX) first = counts;
    if (counts.elements != first.elements || counts.rejected != first.rejected || counts.rows != first.rows)
      __builtin_trap();
  }
}

/// The first byte chooses one of `products` and the size of reads, the rest is the file.
inline int run_one_of(std::span<const Product* const> products, std::string_view name,
                      const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  run_parser(*products[data[0] % products.size()], name, text, 1 + data[0] / products.size());
  return 0;
}

}  // namespace lake::takeout::fuzzing
