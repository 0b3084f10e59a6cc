#pragma once

#include "lake/takeout/product.hpp"

namespace lake::takeout {

// Parsers beside those of product_list.hpp: media, pages, tracks, single files. One line each, here and in
// kFileProducts.
extern const Product kBookmarks;
extern const Product kVoicePages;
extern const Product kGroupMembers;
extern const Product kContactsCsv;
extern const Product kFitbitSleep;
extern const Product kMailEml;
extern const Product kGpx;
extern const Product kKml;
extern const Product kKmz;
extern const Product kTcx;
extern const Product kGeoJson;
extern const Product kPhotoSidecars;
extern const Product kPhotoAlbums;
extern const Product kMedia;

// clang-format off
inline constexpr const Product* kFileProducts[] = {
    &kBookmarks,
    &kVoicePages,
    &kGroupMembers,
    &kContactsCsv,
    &kFitbitSleep,
    &kMailEml,
    &kGpx,
    &kKml,
    &kKmz,
    &kTcx,
    &kGeoJson,
    &kPhotoSidecars,
    &kPhotoAlbums,
    &kMedia,
};
// clang-format on

/// Its rows tell of the entry, whose content stays a blob: so the entry's state says.
inline bool is_about_blob(const Product& product) { return &product == &kMedia; }

}  // namespace lake::takeout
