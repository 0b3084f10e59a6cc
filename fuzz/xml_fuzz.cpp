#include "lake/takeout/file_products.hpp"
#include "lake/takeout/product_list.hpp"
#include "parser_run.hpp"

using namespace lake::takeout;  // NOLINT(google-build-using-namespace): a program of one file

// XML: GPX, KML, TCX.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const Product* kOnes[] = {&kGpx, &kKml, &kTcx};
  return fuzzing::run_one_of(kOnes, "Takeout/Fit/Activities/track.xml", data, size);
}
