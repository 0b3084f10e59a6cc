#pragma once

#include "lake/takeout/product.hpp"

namespace lake::takeout {

// One line a parser, here and in kProducts; in the order of preference among equally sure ones.
extern const Product kLocationRecords;
extern const Product kLocationSemantic;
extern const Product kTimelineAndroid;
extern const Product kTimelineIos;
extern const Product kLocationEdits;
extern const Product kLocationSettings;
extern const Product kChromeHistory;
extern const Product kSearchEngines;
extern const Product kChromeDevices;
extern const Product kChromeAutofill;
extern const Product kYtHistory;
extern const Product kYtSubscriptionsJson;
extern const Product kYtListJson;
extern const Product kYtComments;
extern const Product kYtSubscriptionsCsv;
extern const Product kYtPlaylistItems;
extern const Product kYtPlaylists;
extern const Product kYtVideos;
extern const Product kKeepNoteJson;
extern const Product kTasks;
extern const Product kPlayInstalls;
extern const Product kFitDaily;
extern const Product kFitBins;
extern const Product kFitData;
extern const Product kFitSessions;
extern const Product kFitbitJson;
extern const Product kFitbitCsv;
extern const Product kSavedLists;
extern const Product kSavedPlaces;
extern const Product kPlaceReviews;
extern const Product kLabeledPlaces;
extern const Product kAccessActivities;
extern const Product kAccessDevices;
extern const Product kPayTransactions;
extern const Product kChatMessages;
extern const Product kChatSpaces;
extern const Product kActivityJson;
extern const Product kYtHistoryHtml;
extern const Product kActivityHtml;
extern const Product kMailMbox;
extern const Product kContactsVcf;
extern const Product kVoicePhones;
extern const Product kCalendarIcs;
extern const Product kGenericJson;
extern const Product kGenericCsv;

// clang-format off
inline constexpr const Product* kProducts[] = {
    &kLocationRecords,
    &kLocationSemantic,
    &kTimelineAndroid,
    &kTimelineIos,
    &kLocationEdits,
    &kLocationSettings,
    &kChromeHistory,
    &kSearchEngines,
    &kChromeDevices,
    &kChromeAutofill,
    &kYtHistory,
    &kYtSubscriptionsJson,
    &kYtListJson,
    &kYtComments,
    &kYtSubscriptionsCsv,
    &kYtPlaylistItems,
    &kYtPlaylists,
    &kYtVideos,
    &kKeepNoteJson,
    &kTasks,
    &kPlayInstalls,
    &kFitDaily,
    &kFitBins,
    &kFitData,
    &kFitSessions,
    &kFitbitJson,
    &kFitbitCsv,
    &kSavedLists,
    &kSavedPlaces,
    &kPlaceReviews,
    &kLabeledPlaces,
    &kAccessActivities,
    &kAccessDevices,
    &kPayTransactions,
    &kChatMessages,
    &kChatSpaces,
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
// clang-format on

}  // namespace lake::takeout
