// BrowserHistory.json, since 2023 or 2024 History.json: the member "Browser History" in every language. Shape
// seen in real files; sections that came later are kept as they are.
#include "lake/takeout/chrome_tables.hpp"
#include "lake/takeout/generic_rows.hpp"
#include "lake/takeout/member_readers.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

struct Visit {
  std::optional<Timestamp> time;
  std::optional<std::string_view> title;
  std::optional<std::string_view> url;
  std::optional<std::string_view> client_id;
  std::optional<std::string_view> transition;
  std::optional<std::string_view> qualifier;
  std::optional<std::string_view> favicon_url;
};

/// "https://user@www.example.com:8080/x" -> "www.example.com"; nothing for addresses without a host (data:).
std::optional<std::string_view> host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos || scheme > 20) return std::nullopt;
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  if (url.starts_with('[')) {  // an IPv6 address
    url = url.substr(0, url.find(']') + 1);
  } else {
    url = url.substr(0, url.find(':'));
  }
  return url.empty() ? std::nullopt : std::optional(url);
}

ElementOutcome read_visit(std::string_view text, JsonReader& reader, EntrySink& sink) {
  constexpr auto& kTable = kBrowserVisit;
  Extra extra(sink, kTable);
  Visit visit;
  const auto outcome = reader.read(text, extra, [&visit](Members& members) {
    while (members.next()) {
      if (text_member(members, "title", visit.title) || text_member(members, "url", visit.url) ||
          epoch_member(members, "time_usec", visit.time, 1'000'000) ||
          text_member(members, "client_id", visit.client_id) ||
          text_member(members, "page_transition", visit.transition) ||
          text_member(members, "page_transition_qualifier", visit.qualifier) ||
          text_member(members, "favicon_url", visit.favicon_url))
        continue;
      members.keep();
    }
  });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!visit.time) return "no time";
  if (reader.was_repaired()) sink.repaired();
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), visit.time->micros);
  row.text(kTable.at("url"), visit.url);
  row.text(kTable.at("client_id"), visit.client_id);
  if (visit.url) row.text(kTable.at("host"), host_of(*visit.url));
  row.text(kTable.at("title"), visit.title);
  row.text(kTable.at("transition"), visit.transition);
  row.text(kTable.at("transition_qualifier"), visit.qualifier);
  row.text(kTable.at("favicon_url"), visit.favicon_url);
  row.extra(extra.json());
  return kStored;
}

Certainty recognise(const EntryHead& head) {
  return head.json.is_object() && head.json.has("Browser History") ? Certainty::kContent : Certainty::kNone;
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  return parse_numbered_elements(content, sink,
                                 [&head](const JsonElements::Element& element, std::int64_t idx,
                                         JsonReader& reader, EntrySink& into) -> ElementOutcome {
                                   if (element.member == "Browser History" && element.is_item)
                                     return read_visit(element.text, reader, into);
                                   return write_raw_json(head, element.member, idx, element.text, into);
                                 });
}

constexpr const TableSpec* kTables[] = {&kBrowserVisit, &kRawJson};

}  // namespace

const Product kChromeHistory{.name = "browser_history",
                             .product = "chrome",
                             .version = 1,
                             .tables = kTables,
                             .recognise = recognise,
                             .parse = parse};

}  // namespace lake::takeout
