#pragma once

#include "lake/takeout/table_spec.hpp"

namespace lake::takeout {

inline constexpr ColumnSpec kPayTransactionColumns[] = {
    {"ts_us", ColumnType::kInt64},         {"transaction_id", ColumnType::kText},
    {"description", ColumnType::kText},    {"product", ColumnType::kText},
    {"payment_method", ColumnType::kText}, {"status", ColumnType::kText},
    {"amount", ColumnType::kText},         // as the file has it
    {"amount_minor", ColumnType::kInt64},  // in hundredths, or in whole units where the currency has none
    {"currency", ColumnType::kText},       // its code or sign
    {"ts_quality", ColumnType::kText},
};
inline constexpr std::string_view kPayTransactionKey[] = {"transaction_id"};
inline constexpr TableSpec kPayTransaction{
    .name = "pay_transaction", .columns = kPayTransactionColumns, .key = kPayTransactionKey};

}  // namespace lake::takeout
