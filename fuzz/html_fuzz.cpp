#include "lake/takeout/file_products.hpp"
#include "lake/takeout/product_list.hpp"
#include "parser_run.hpp"

using namespace lake::takeout;  // NOLINT(google-build-using-namespace): a program of one file

// Pages: My Activity, YouTube's histories, Voice, bookmarks.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const Product* kOnes[] = {&kActivityHtml, &kYtHistoryHtml, &kVoicePages, &kBookmarks};
  return fuzzing::run_one_of(kOnes, "Takeout/My Activity/Chrome/MyActivity.html", data, size);
}
