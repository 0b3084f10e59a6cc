// Daily activity metrics of Fit: one row a day (Daily activity metrics.csv), one row for each quarter of an
// hour (YYYY-MM-DD.csv). Columns vary and follow the account's language. English columns were seen in real
// files; the names that stand for German and Japanese ones are from memory, and a name that is not in the
// table stays as it is.
#include <array>

#include "lake/takeout/csv_product.hpp"
#include "lake/takeout/health_tables.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

using Fields = std::vector<std::string>;

struct MetricName {
  std::string_view local;
  std::string_view english;
};
constexpr std::array kMetricNames = {
    MetricName{"Anzahl der Minuten in Bewegung", "Move Minutes count"},
    MetricName{"Kalorien (kcal)", "Calories (kcal)"},
    MetricName{"Strecke (m)", "Distance (m)"},
    MetricName{"Kardiopunkte", "Heart Points"},
    MetricName{"Durchschnittliche Herzfrequenz (bpm)", "Average heart rate (bpm)"},
    MetricName{"Schrittzahl", "Step count"},
    MetricName{"アクティブ時間（分）", "Move Minutes count"},
    MetricName{"カロリー（kcal）", "Calories (kcal)"},
    MetricName{"距離（m）", "Distance (m)"},
    MetricName{"ハートポイント", "Heart Points"},
    MetricName{"平均心拍数（bpm）", "Average heart rate (bpm)"},
    MetricName{"歩数", "Step count"},
};
constexpr std::array<std::string_view, 5> kKnownMetrics = {"Move Minutes count", "Calories (kcal)",
                                                           "Heart Points", "Step count", "Heart Minutes"};

std::string english_metric(const std::string& name) {
  for (const auto& each : kMetricNames) {
    if (each.local == name) return std::string(each.english);
  }
  return name;
}

/// "kcal" of "Calories (kcal)".
std::string_view unit_in(std::string_view metric) {
  const auto open = metric.rfind(" (");
  if (open == std::string_view::npos || !metric.ends_with(')')) return {};
  return metric.substr(open + 2, metric.size() - open - 3);
}

bool is_date(std::string_view text) {
  const auto time = parse_iso(text);
  return time && time->quality == TimeQuality::kDate;
}

/// "08:15:00.000+02:00" on a day.
std::optional<Timestamp> clock_on(std::string_view date, std::string_view clock) {
  if (!is_date(date) || clock.size() < 8) return std::nullopt;
  const auto time = parse_iso(std::string(date) + "T" + std::string(clock));
  return time && time->offset_minutes ? time : std::nullopt;
}

bool names_metrics(const Fields& header) {
  for (const auto& name : header) {
    for (const auto known : kKnownMetrics) {
      if (english_metric(name) == known) return true;
    }
    if (name.find("kcal") != std::string::npos || name.find("bpm") != std::string::npos) return true;
  }
  return false;
}

bool are_numbers(const Fields& fields, std::size_t from) {
  for (std::size_t i = from; i < fields.size(); ++i) {
    if (!fields[i].empty() && !parse_real(fields[i])) return false;
  }
  return fields.size() > from;
}

/// Calls `write(metric, value)` for each number behind the first `from` fields; cells that are none stay for
/// `extra`.
template <class Write>
void each_number(CsvFields& fields, const CsvNames& names, std::size_t from, Write&& write) {
  for (std::size_t i = from; i < fields.count(); ++i) {
    if (i >= names.count()) break;
    if (const auto value = parse_real(fields.peek(i))) write(english_metric(names.shown(i)), *value);
  }
}

void take_numbers(CsvFields& fields, const CsvNames& names, std::size_t from) {
  for (std::size_t i = from; i < fields.count() && i < names.count(); ++i) {
    if (parse_real(fields.peek(i))) fields.take(i);
  }
}

template <const TableSpec& kTable>
void write_value(Row& row, const std::string& metric, double value, std::string& extra) {
  row.text(kTable.at("metric"), metric);
  row.real(kTable.at("value"), value);
  row.integer(kTable.at("value_milli"), milli_of(value));
  if (const auto unit = unit_in(metric); !unit.empty()) row.text(kTable.at("unit"), unit);
  row.extra(std::exchange(extra, {}));  // to the first row of the record
}

ElementOutcome read_day(const Fields& values, const CsvNames& names, EntrySink& sink) {
  constexpr auto& kTable = kDailyMetric;
  CsvFields fields(values, names, sink);
  if (!is_date(fields.peek(0))) return "no time";
  const std::string date(*fields.take(std::size_t{0}));
  take_numbers(fields, names, 1);
  auto extra = fields.extra(kTable, sink);
  bool wrote = false;
  each_number(fields, names, 1, [&](const std::string& metric, double value) {
    auto row = sink.row(kTable);
    row.integer(kTable.at("day_us"), parse_iso(date)->micros);
    row.text(kTable.at("date"), date);
    write_value<kDailyMetric>(row, metric, value, extra);
    wrote = true;
  });
  return !wrote && !extra.empty() ? "no number" : kStored;
}

ElementOutcome read_bin(const Fields& values, const CsvNames& names, std::string_view date, EntrySink& sink) {
  constexpr auto& kTable = kHealthSample;
  CsvFields fields(values, names, sink);
  const auto start = clock_on(date, fields.peek(0));
  auto end = clock_on(date, fields.peek(1));
  if (!start || !end) return "no time";
  constexpr std::int64_t kDay = 86'400'000'000;
  if (end->micros <= start->micros) end->micros += kDay;  // the last quarter ends at midnight
  fields.take(std::size_t{0});
  fields.take(1);
  take_numbers(fields, names, 2);
  auto extra = fields.extra(kTable, sink);
  bool wrote = false;
  each_number(fields, names, 2, [&](const std::string& metric, double value) {
    auto row = sink.row(kTable);
    row.integer(kTable.at("start_us"), start->micros);
    row.integer(kTable.at("end_us"), end->micros);
    row.text(kTable.at("source"), "fit");
    row.text(kTable.at("ts_quality"), name_of(start->quality));
    write_value<kHealthSample>(row, metric, value, extra);
    wrote = true;
  });
  return !wrote && !extra.empty() ? "no number" : kStored;
}

Certainty recognise_days(const EntryHead& head) {
  const auto records = csv_head(head, 2);
  if (records.empty() || !names_metrics(records[0])) return Certainty::kNone;
  if (records.size() == 1) return records[0][0] == "Date" ? Certainty::kShape : Certainty::kNone;
  return is_date(records[1][0]) && are_numbers(records[1], 1) ? Certainty::kShape : Certainty::kNone;
}

Certainty recognise_bins(const EntryHead& head) {
  const auto records = csv_head(head, 2);
  const auto date = stem(head.name);
  if (records.empty() || !names_metrics(records[0]) || !is_date(date)) return Certainty::kNone;
  if (records.size() == 1) return records[0][0] == "Start time" ? Certainty::kShape : Certainty::kNone;
  const auto& first = records[1];
  return first.size() > 2 && clock_on(date, first[0]) && clock_on(date, first[1]) ? Certainty::kShape
                                                                                  : Certainty::kNone;
}

template <class Read>
Result<ParseEnd> parse_named(Content& content, EntrySink& sink, Read&& read) {
  return parse_named_csv_records(content, sink,
                                 [&](const Fields& fields, const CsvNames& names, EntrySink& into) {
                                   return read(fields, names, into);
                                 });
}

Result<ParseEnd> parse_days(const EntryHead& /*head*/, const ParseOptions& /*options*/, Content& content,
                            EntrySink& sink) {
  return parse_named(content, sink, read_day);
}

Result<ParseEnd> parse_bins(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                            EntrySink& sink) {
  const auto date = stem(head.name);
  return parse_named(content, sink, [date](const Fields& fields, const CsvNames& names, EntrySink& into) {
    return read_bin(fields, names, date, into);
  });
}

constexpr const TableSpec* kDayTables[] = {&kDailyMetric};
constexpr const TableSpec* kBinTables[] = {&kHealthSample};

}  // namespace

const Product kFitDaily{.name = "fit_daily",
                        .product = "fit",
                        .version = 1,
                        .tables = kDayTables,
                        .recognise = recognise_days,
                        .parse = parse_days};
const Product kFitBins{.name = "fit_bins",
                       .product = "fit",
                       .version = 1,
                       .tables = kBinTables,
                       .recognise = recognise_bins,
                       .parse = parse_bins};

}  // namespace lake::takeout
