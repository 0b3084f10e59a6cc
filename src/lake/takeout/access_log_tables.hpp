#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kAccessLogColumns[] = {
    {"ts_us", ColumnType::kInt64},
    {"ip", ColumnType::kText},
    {"product", ColumnType::kText},
    {"sub_product", ColumnType::kText},
    {"activity_type", ColumnType::kText},
    {"user_agent", ColumnType::kText},
    {"proxied_ip", ColumnType::kText},
    {"is_non_routable", ColumnType::kText},
    {"country", ColumnType::kText},
    {"region", ColumnType::kText},
    {"city", ColumnType::kText},
    {"referer_product", ColumnType::kText},
    {"referer_sub_product", ColumnType::kText},
    {"gmail_channel", ColumnType::kText},
    {"webview_package", ColumnType::kText},
    {"gaia_id", ColumnType::kText},
    {"ts_quality", ColumnType::kText},
    {"count",
     ColumnType::kInt32},  // equal lines: times have whole seconds, and things happen more than once in one
};
inline constexpr std::string_view kAccessLogKey[] = {"ts_us",
                                                     "ip",
                                                     "product",
                                                     "sub_product",
                                                     "activity_type",
                                                     "user_agent",
                                                     "proxied_ip",
                                                     "is_non_routable",
                                                     "country",
                                                     "region",
                                                     "city",
                                                     "referer_product",
                                                     "referer_sub_product",
                                                     "gmail_channel",
                                                     "webview_package",
                                                     "gaia_id"};
inline constexpr TableSpec kAccessLog{
    .name = "access_log", .columns = kAccessLogColumns, .key = kAccessLogKey};

inline constexpr ColumnSpec kAccessDeviceColumns[] = {
    {"gaia_id", ColumnType::kText},         {"device", ColumnType::kText},  // the model
    {"user_given_name", ColumnType::kText}, {"type", ColumnType::kText},   {"brand", ColumnType::kText},
    {"marketing_name", ColumnType::kText},  {"os", ColumnType::kText},     {"os_version", ColumnType::kText},
    {"last_location", ColumnType::kText},
};
inline constexpr std::string_view kAccessDeviceKey[] = {"gaia_id", "device", "user_given_name"};
inline constexpr TableSpec kAccessDevice{
    .name = "access_device", .columns = kAccessDeviceColumns, .key = kAccessDeviceKey};

}  // namespace lake::takeout
