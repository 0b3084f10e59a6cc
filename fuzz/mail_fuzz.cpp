#include "lake/takeout/file_products.hpp"
#include "lake/takeout/product_list.hpp"
#include "parser_run.hpp"

using namespace lake::takeout;  // NOLINT(google-build-using-namespace): a program of one file

// Mail: mbox and single messages, MIME, charsets, encoded words, addresses, labels.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const Product* kOnes[] = {&kMailMbox, &kMailEml};
  return fuzzing::run_one_of(kOnes, "Takeout/Mail/All mail.mbox", data, size);
}
