#include "lake/takeout/file_products.hpp"
#include "lake/takeout/product_list.hpp"
#include "parser_run.hpp"

using namespace lake::takeout;  // NOLINT(google-build-using-namespace): a program of one file

// Every CSV that has columns of its own, and any other.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr const Product* kOnes[] = {&kYtComments,       &kYtSubscriptionsCsv, &kYtPlaylistItems,
                                             &kYtPlaylists,      &kYtVideos,           &kFitDaily,
                                             &kFitBins,          &kFitbitCsv,          &kSavedLists,
                                             &kAccessActivities, &kAccessDevices,      &kPayTransactions,
                                             &kGroupMembers,     &kContactsCsv,        &kGenericCsv};
  return fuzzing::run_one_of(kOnes, "Takeout/Product/table.csv", data, size);
}
