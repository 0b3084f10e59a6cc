// My Activity as JSON: one array of events for each product. Shape seen in real files; audioFiles and
// safeHtmlItem are from memory.
#include "lake/takeout/activity_tables.hpp"
#include "lake/takeout/activity_words.hpp"
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

/// Its lists keep their memory from element to element.
struct Activity {
  std::optional<Timestamp> time;
  std::optional<std::string_view> header;
  std::optional<std::string_view> title;
  std::optional<std::string_view> url;
  std::optional<std::string_view> description;
  std::optional<std::string_view> image_file;
  std::optional<std::string> subtitles;
  std::optional<std::string> locations;
  std::optional<std::string_view> map_url;
  std::vector<std::string_view> details;
  std::vector<std::string_view> controls;
  std::vector<std::string_view> products;
  std::vector<std::string_view> audio_files;

  void clear() {
    time.reset();
    for (auto* text : {&header, &title, &url, &description, &image_file, &map_url}) text->reset();
    subtitles.reset();
    locations.reset();
    for (auto* list : {&details, &controls, &products, &audio_files}) list->clear();
  }
};

/// details[]: {name}
void read_names(Members& outer, std::vector<std::string_view>& names) {
  outer.objects([&names](Members& members) {
    while (members.next()) {
      std::optional<std::string_view> name;
      if (members.key() == "name") {
        members.text(name);
      } else {
        members.keep();
      }
      if (name) names.push_back(*name);
    }
  });
}

bool read_lists(Members& members, Activity& activity) {
  const auto key = members.key();
  if (key == "subtitles") {
    members.raw(activity.subtitles);
  } else if (key == "locationInfos") {
    members.raw(activity.locations);
  } else if (key == "details") {
    read_names(members, activity.details);
  } else if (key == "activityControls") {
    members.texts(activity.controls);
  } else if (key == "products") {
    members.texts(activity.products);
  } else if (key == "audioFiles") {
    members.texts(activity.audio_files);
  } else {
    return false;
  }
  return true;
}

void read_activity(Members& members, Activity& activity) {
  while (members.next()) {
    const auto key = members.key();
    if (key == "time") {
      members.iso_time(activity.time);
    } else if (key == "header") {
      members.text(activity.header);
    } else if (key == "title") {
      members.text(activity.title);
    } else if (key == "titleUrl") {
      members.text(activity.url);
    } else if (key == "description") {
      members.text(activity.description);
    } else if (key == "imageFile") {
      members.text(activity.image_file);
    } else if (!read_lists(members, activity)) {
      members.keep();
    }
  }
}

void write_activity(const Activity& activity, std::string_view folder, const Extra& extra, EntrySink& sink) {
  constexpr auto& kTable = kActivity;
  auto row = sink.row(kTable);
  row.integer(kTable.at("ts_us"), activity.time->micros);
  row.text(kTable.at("product"), !activity.products.empty() ? activity.products.front()
                                 : activity.header          ? *activity.header
                                                            : folder);
  row.text(kTable.at("header"), activity.header);
  if (activity.title) row.text(kTable.at("verb"), verb_of(*activity.title));
  row.text(kTable.at("title"), activity.title);
  row.text(kTable.at("url"), activity.url);
  row.text(kTable.at("description"), activity.description);
  row.text(kTable.at("subtitles"), activity.subtitles);
  if (!activity.details.empty()) row.texts(kTable.at("details"), activity.details);
  if (!activity.controls.empty()) row.texts(kTable.at("controls"), activity.controls);
  if (!activity.products.empty()) row.texts(kTable.at("products"), activity.products);
  if (activity.locations) {
    row.text(kTable.at("locations"), *activity.locations);
    if (const auto place = map_centre_in(*activity.locations)) {
      row.integer(kTable.at("lat_e7"), place->lat_e7);
      row.integer(kTable.at("lon_e7"), place->lon_e7);
    }
  }
  row.text(kTable.at("image_file"), activity.image_file);
  if (!activity.audio_files.empty()) row.texts(kTable.at("audio_files"), activity.audio_files);
  row.flag(kTable.at("is_ad"), names_ads(activity.details));
  row.text(kTable.at("format"), "json");
  row.text(kTable.at("ts_quality"), name_of(activity.time->quality));
  row.extra(extra.json());
}

ElementOutcome read_element(const JsonElements::Element& element, JsonReader& reader, EntrySink& sink,
                            std::string_view folder, Activity& activity) {
  Extra extra(sink, kActivity);
  activity.clear();
  const auto outcome =
      reader.read(element.text, extra, [&activity](Members& members) { read_activity(members, activity); });
  if (outcome != JsonReader::Outcome::kRead) return reason_of(outcome);
  if (!activity.time) return "no time";
  if (reader.was_repaired()) sink.repaired();
  write_activity(activity, folder, extra, sink);
  return kStored;
}

/// The histories of YouTube look the same and are another product's; only their names tell them apart, so
/// the surer parser must claim them by kContent too and stand before this one.
Certainty recognise(const EntryHead& head) {
  const auto& json = head.json;
  const bool event = json.is_array() && json.has("[].time") && json.has("[].title") &&
                     (json.has("[].products") || json.has("[].header"));
  return event ? Certainty::kContent : Certainty::kNone;
}

/// ".../My Activity/Search/MyActivity.json" -> "Search"
std::string_view folder_of(std::string_view name) {
  const auto slash = name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : file_name(name.substr(0, slash));
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  const auto folder = folder_of(head.name);
  Activity activity;
  return parse_json_elements(content, sink,
                             [&](const JsonElements::Element& element, JsonReader& reader, EntrySink& into) {
                               return read_element(element, reader, into, folder, activity);
                             });
}

constexpr const TableSpec* kTables[] = {&kActivity};

}  // namespace

const Product kActivityJson{.name = "activity_json",
                            .product = "activity",
                            .version = 1,
                            .tables = kTables,
                            .recognise = recognise,
                            .parse = parse};

}  // namespace lake::takeout
