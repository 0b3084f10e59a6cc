#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kBrowserVisitColumns[] = {
    {"ts_us", ColumnType::kInt64},      {"url", ColumnType::kText},
    {"client_id", ColumnType::kText},  // the device, as the browser numbers it
    {"host", ColumnType::kText},        {"title", ColumnType::kText},
    {"transition", ColumnType::kText},  {"transition_qualifier", ColumnType::kText},
    {"favicon_url", ColumnType::kText},
};
inline constexpr std::string_view kBrowserVisitKey[] = {"ts_us", "url", "client_id"};
inline constexpr TableSpec kBrowserVisit{.name = "browser_visit",
                                         .columns = kBrowserVisitColumns,
                                         .key = kBrowserVisitKey,
                                         .fills_from_older = true};

inline constexpr ColumnSpec kSearchEngineColumns[] = {
    {"sync_guid", ColumnType::kText},       {"keyword", ColumnType::kText},
    {"short_name", ColumnType::kText},      {"url", ColumnType::kText},
    {"suggestions_url", ColumnType::kText}, {"favicon_url", ColumnType::kText},
    {"created_us", ColumnType::kInt64},     {"modified_us", ColumnType::kInt64},
    {"is_active", ColumnType::kText},       {"safe_for_autoreplace", ColumnType::kBool}};
/// Engines of old exports have no guid.
inline constexpr std::string_view kSearchEngineKey[] = {"sync_guid", "keyword"};
inline constexpr TableSpec kSearchEngine{
    .name = "search_engine", .columns = kSearchEngineColumns, .key = kSearchEngineKey};

inline constexpr ColumnSpec kChromeDeviceColumns[] = {
    {"client_name", ColumnType::kText},     {"model", ColumnType::kText},
    {"manufacturer", ColumnType::kText},    {"os_type", ColumnType::kText},
    {"device_type", ColumnType::kText},     {"chrome_version", ColumnType::kText},
    {"last_updated_us", ColumnType::kInt64}};
inline constexpr std::string_view kChromeDeviceKey[] = {"client_name", "model", "manufacturer"};
inline constexpr TableSpec kChromeDevice{
    .name = "chrome_device", .columns = kChromeDeviceColumns, .key = kChromeDeviceKey};

inline constexpr ColumnSpec kAutofillColumns[] = {{"idx", ColumnType::kInt64},  // of the element in its file
                                                  {"section", ColumnType::kText},
                                                  {"doc", ColumnType::kJson}};
inline constexpr std::string_view kAutofillKey[] = {"idx", "section"};
/// Addresses, card names, what was typed into forms.
inline constexpr TableSpec kAutofill{
    .name = "autofill", .columns = kAutofillColumns, .key = kAutofillKey, .is_sensitive = true};

}  // namespace lake::takeout
