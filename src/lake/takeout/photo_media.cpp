// Pictures and films of any product: one row with what the header tells. The bytes stay where they are.
// Headers by their specifications; JPEG, PNG, MP4 and HEIC from phones and cameras were seen.
#include "lake/takeout/file_products.hpp"
#include "lake/takeout/json_product.hpp"
#include "lake/takeout/media_headers.hpp"
#include "lake/takeout/photo_names.hpp"
#include "lake/takeout/photo_tables.hpp"

namespace lake::takeout {
namespace {

Certainty recognise(const EntryHead& head) {
  return media_mime(head.bytes).empty() ? Certainty::kNone : Certainty::kContent;
}

/// 0 is a size nobody means.
std::optional<std::int64_t> small(const std::optional<std::int64_t>& value) {
  return value && *value <= INT32_MAX ? value : std::nullopt;
}

void write_row(const EntryHead& head, const MediaHeader& media, EntrySink& sink) {
  constexpr auto& kTable = kMediaFile;
  const auto path = path_in_export(head.name);
  const auto name = file_name(path);
  auto row = sink.row(kTable);
  row.text(kTable.at("directory"), path.substr(0, path.size() - name.size()));
  row.text(kTable.at("name"), name);
  row.text(kTable.at("product"), product_folder(head.name));
  row.text(kTable.at("mime"), media.mime);
  row.integer(kTable.at("width"), small(media.width));
  row.integer(kTable.at("height"), small(media.height));
  row.integer(kTable.at("exif_local_us"), media.local_us);
  row.integer(kTable.at("exif_offset_min"), media.offset_minutes);
  row.integer(kTable.at("film_us"), media.film_us);
  row.integer(kTable.at("duration_ms"), media.duration_ms);
  row.integer(kTable.at("name_local_us"), time_in_name(name));
  if (media.place) {
    row.integer(kTable.at("lat_e7"), media.place->lat);
    row.integer(kTable.at("lon_e7"), media.place->lon);
  }
  row.real(kTable.at("altitude_m"), media.altitude_m);
  if (media.orientation && *media.orientation <= 8) row.integer(kTable.at("orientation"), *media.orientation);
  if (!media.camera_make.empty()) row.text(kTable.at("camera_make"), media.camera_make);
  if (!media.camera_model.empty()) row.text(kTable.at("camera_model"), media.camera_model);
}

Result<ParseEnd> parse(const EntryHead& head, const ParseOptions& /*options*/, Content& content,
                       EntrySink& sink) {
  const auto media = read_media_header(media_mime(head.bytes), content);
  if (!sink.begin_element({0, head.bytes.size()})) return ParseEnd{};
  write_row(head, media, sink);
  LAKE_CHECK_OK(sink.end_element());
  return ParseEnd{};
}

constexpr const TableSpec* kTables[] = {&kMediaFile};

}  // namespace

const Product kMedia{
    .name = "media", .product = "", .version = 1, .tables = kTables, .recognise = recognise, .parse = parse};

}  // namespace lake::takeout
