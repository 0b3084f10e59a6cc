#pragma once

#include "lake/takeout/product.hpp"

namespace lake::takeout {

// One line a parser, here and in kProducts; in the order of preference among equally sure ones.
extern const Product kLocationRecords;
extern const Product kActivityJson;
extern const Product kYtHistoryHtml;
extern const Product kActivityHtml;
extern const Product kMailMbox;
extern const Product kContactsVcf;
extern const Product kVoicePhones;
extern const Product kCalendarIcs;
extern const Product kGenericJson;
extern const Product kGenericCsv;

inline constexpr const Product* kProducts[] = {
    &kLocationRecords,
    &kActivityJson,
    &kYtHistoryHtml,
    &kActivityHtml,
    &kMailMbox,
    &kContactsVcf,
    &kVoicePhones,
    &kCalendarIcs,
    &kGenericJson,
    &kGenericCsv,
};

}  // namespace lake::takeout
