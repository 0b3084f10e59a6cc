#include "parser_run.hpp"

using namespace lake::takeout;  // NOLINT(google-build-using-namespace): a program of one file

// The first byte chooses the parser and the size of reads, the rest is the file: every parser takes any
// bytes, whatever they were taken for.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  const EntryHead head("Takeout/Product/name.json", text.substr(0, kHeadBytes), text.size() <= kHeadBytes);
  for (const auto* each : products()) static_cast<void>(each->recognise(head));
  return fuzzing::run_one_of(products(), "Takeout/Product/name.json", data, size);
}
