#include <cstdint>
#include <string>

#include "lake/takeout/product.hpp"
#include "lake/takeout/versions.hpp"

using namespace lake;           // NOLINT(google-build-using-namespace): a program of one file
using namespace lake::takeout;  // NOLINT(google-build-using-namespace)

namespace {

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

}  // namespace

// The first byte chooses the parser and the size of reads, the rest is the file: every parser takes any
// bytes, tells the same whatever the reads, and gives as many rejects as it counts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto* product = products()[data[0] % products().size()];
  const EntryHead head("Takeout/Product/name.json", text.substr(0, kHeadBytes), text.size() <= kHeadBytes);
  for (const auto* each : products()) each->recognise(head);
  ElementCounts first;
  for (const std::size_t chunk : {SIZE_MAX, std::size_t{1} + data[0] / products().size()}) {
    TextContent content(text, chunk);
    Batch batch;
    SchemaDrift drift;
    CheckingTaker taker;
    EntrySink sink({1, 1, 0}, batch, drift, taker, 1U << 20U, 1000);
    const auto end = product->parse(head, {}, content, sink);
    if (!end || !taker.take(batch, sink.counts())) __builtin_trap();
    const auto& counts = sink.counts();
    if (chunk == SIZE_MAX) first = counts;
    if (counts.elements != first.elements || counts.rejected != first.rejected || counts.rows != first.rows)
      __builtin_trap();
  }
  return 0;
}
