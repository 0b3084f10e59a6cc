#include "lake/takeout/file_products.hpp"
#include "lake/takeout/product_list.hpp"
#include "parser_run.hpp"

using namespace lake::takeout;  // NOLINT(google-build-using-namespace): a program of one file

// Pictures and films, their sidecars and albums.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const Product* kOnes[] = {&kMedia, &kPhotoSidecars, &kPhotoAlbums};
  return fuzzing::run_one_of(kOnes, "Takeout/Google Photos/A/IMG_20190812_144721.jpg", data, size);
}
