#include "lake/takeout/file_products.hpp"
#include "lake/takeout/product_list.hpp"
#include "parser_run.hpp"

using namespace lake::takeout;  // NOLINT(google-build-using-namespace): a program of one file

// Calendars and cards.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const Product* kOnes[] = {&kCalendarIcs, &kContactsVcf, &kVoicePhones};
  return fuzzing::run_one_of(kOnes, "Takeout/Contacts/All/All.vcf", data, size);
}
