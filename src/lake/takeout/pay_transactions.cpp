// Google transactions/transactions_<id>.csv: the columns were seen in real files, their English names only.
// The date is written for people, in UTC or with a zone's abbreviation.
#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/local_dates.hpp"
#include "lake/takeout/money.hpp"
#include "lake/takeout/pay_tables.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

using Fields = std::vector<std::string>;

bool are_names(const CsvNames& names) { return names.has({"transaction id", "payment method", "amount"}); }

ElementOutcome read_record(const Fields& values, const CsvNames& names, const ParseOptions& options,
                           EntrySink& sink) {
  constexpr auto& kTable = kPayTransaction;
  CsvFields fields(values, names, sink);
  const auto id = fields.take({"transaction id"});
  if (!id) return "no id";
  const auto time_column = names.position("time").value_or(0);
  const auto date = parse_local_date(fields.peek(time_column));
  if (date) fields.take(time_column);
  const auto description = fields.take({"description"});
  const auto product = fields.take({"product"});
  const auto method = fields.take({"payment method"});
  const auto status = fields.take({"status"});
  const auto amount = fields.take({"amount"});
  const auto extra = fields.extra(kTable, sink);
  auto row = sink.row(kTable);
  if (date) {
    const auto time = with_account_zone(*date, options.time_zone, sink.entry().export_us);
    row.integer(kTable.at("ts_us"), time.micros);
    row.text(kTable.at("ts_quality"), name_of(time.quality));
  }
  row.text(kTable.at("transaction_id"), id);
  row.text(kTable.at("description"), description);
  row.text(kTable.at("product"), product);
  row.text(kTable.at("payment_method"), method);
  row.text(kTable.at("status"), status);
  row.text(kTable.at("amount"), amount);
  if (const auto money = amount ? parse_money(*amount) : std::nullopt) {
    row.integer(kTable.at("amount_minor"), money->minor);
    if (!money->currency.empty()) row.text(kTable.at("currency"), money->currency);
  }
  row.extra(extra);
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  const auto records = csv_head(head, 1);
  return !records.empty() && are_names(CsvNames(records[0])) ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& /*head*/, const ParseOptions& options, Content& content,
                       EntrySink& sink) {
  return parse_named_csv_records(content, sink,
                                 [&](const Fields& fields, const CsvNames& names, EntrySink& into) {
                                   return read_record(fields, names, options, into);
                                 });
}

constexpr const TableSpec* kTables[] = {&kPayTransaction};

}  // namespace

const Product kPayTransactions{.name = "pay_transactions",
                               .product = "pay",
                               .version = 1,
                               .tables = kTables,
                               .recognise = recognise,
                               .parse = parse};

}  // namespace lake::takeout
