// The rule by which Google Photos names sidecars, verified on listings of real exports.
#include "lake/takeout/photo_names.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "lake/takeout/times.hpp"

namespace lake::takeout {
namespace {

constexpr std::size_t kUnitsMax = 46;
constexpr std::size_t kEditsMax = 3;
constexpr std::string_view kSupplement = ".supplemental-metadata";

/// What apps put behind the name of a copy, in the languages seen. A name that is too long cuts it anywhere.
constexpr std::array<std::string_view, 16> kEdits = {
    "edited",   "bearbeitet", "modifié",   "modificato", "ha editado", "editat", "edytowane", "bewerkt",
    "編集済み", "editado",    "redigeret", "effects",    "smile",      "mix",    "collage",   "animation"};

/// The first 46 UTF-16 code units of well-formed UTF-8.
std::string cut46(std::string_view text) {
  std::size_t units = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto first = static_cast<unsigned char>(text[at]);
    const std::size_t bytes = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    units += bytes == 4 ? 2 : 1;
    if (units > kUnitsMax) break;
    at = std::min(at + bytes, text.size());
  }
  return std::string(text.substr(0, at));
}

bool are_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Without the last "-edited", also when that is cut; nothing when there is none.
std::optional<std::string> unedited(const std::string& stem) {
  const auto dash = stem.rfind('-');
  if (dash != std::string::npos && dash > 0) {
    const auto word = std::string_view(stem).substr(dash + 1);
    for (const auto edit : kEdits) {
      if (!word.empty() && edit.starts_with(word)) return stem.substr(0, dash);
    }
  }
  const auto wave = stem.rfind('~');  // "PXL_1.MP~2"
  if (wave != std::string::npos && wave > 0 && are_digits(std::string_view(stem).substr(wave + 1)))
    return stem.substr(0, wave);
  return std::nullopt;
}

void add_names(const MediaName& media, std::vector<std::string>& names) {
  const auto base = media.stem + media.extension;
  const auto add = [&](const std::string& text, const std::string& number) {
    auto name = cut46(text) + number + ".json";
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  };
  add(base, media.number);
  add(base + std::string(kSupplement), media.number);
  if (!media.number.empty()) {
    add(media.stem + media.number + media.extension, "");
    add(media.stem + media.number + media.extension + std::string(kSupplement), "");
  }
  add(media.stem + std::string(kSupplement), media.number);
  add(media.stem, media.number);
}

}  // namespace

MediaName parse_media_name(std::string_view name) {
  MediaName media;
  const auto dot = name.rfind('.');
  const bool has_extension = dot != std::string_view::npos && dot > 0;
  auto stem = has_extension ? name.substr(0, dot) : name;
  if (has_extension) media.extension = name.substr(dot);
  const auto open = stem.rfind('(');
  if (open != std::string_view::npos && open > 0 && stem.ends_with(')') &&
      are_digits(stem.substr(open + 1, stem.size() - open - 2))) {
    media.number = stem.substr(open);
    stem = stem.substr(0, open);
  }
  media.stem = stem;
  return media;
}

SidecarNames sidecar_names(std::string_view media_name) {
  SidecarNames found;
  auto media = parse_media_name(media_name);
  add_names(media, found.names);
  found.edited_from = found.names.size();
  for (std::size_t i = 0; i < kEditsMax; ++i) {
    auto original = unedited(media.stem);
    if (!original) break;
    media.stem = std::move(*original);
    add_names(media, found.names);
  }
  return found;
}

std::vector<SidecarJoin> join_sidecars(const std::vector<std::string>& media,
                                       const std::vector<SidecarTitle>& sidecars) {
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < sidecars.size(); ++i) by_name.emplace(sidecars[i].name, i);
  std::vector<SidecarJoin> joins;
  std::vector<std::size_t> left;
  // "IMG_1(2)" -> the sidecar of IMG_1(2).HEIC; a motion photo's film has the photo's whole name.
  std::unordered_map<std::string, std::size_t> by_stem;
  for (std::size_t i = 0; i < media.size(); ++i) {
    const auto names = sidecar_names(media[i]);
    std::size_t at = 0;
    while (at < names.names.size() && !by_name.contains(names.names[at])) ++at;
    if (at == names.names.size()) {
      left.push_back(i);
      continue;
    }
    const auto sidecar = by_name.at(names.names[at]);
    joins.push_back({i, sidecar, at < names.edited_from ? "name" : "edited"});
    const auto parsed = parse_media_name(media[i]);
    if (at < names.edited_from) by_stem.emplace(parsed.stem + parsed.number, sidecar);
  }
  std::unordered_map<std::string_view, std::size_t> titles;
  for (const auto& sidecar : sidecars) ++titles[sidecar.title];
  std::unordered_map<std::string_view, std::size_t> by_title;
  for (std::size_t i = 0; i < sidecars.size(); ++i) {
    if (!sidecars[i].title.empty() && titles[sidecars[i].title] == 1) by_title.emplace(sidecars[i].title, i);
  }
  for (const auto i : left) {
    const auto parsed = parse_media_name(media[i]);
    auto found = by_stem.find(parsed.stem + parsed.number);
    if (found == by_stem.end()) found = by_stem.find(media[i]);
    if (found != by_stem.end()) {
      joins.push_back({i, found->second, "live"});
    } else if (const auto title = by_title.find(media[i]); title != by_title.end()) {
      joins.push_back({i, title->second, "title"});
    }
  }
  return joins;
}

std::optional<std::int64_t> time_in_name(std::string_view name) {
  const auto stem_end = name.rfind('.');
  const auto stem = name.substr(0, stem_end);
  for (std::size_t at = 0; at + 15 <= stem.size(); ++at) {
    if (at > 0 && stem[at - 1] >= '0' && stem[at - 1] <= '9') continue;
    std::string digits;
    std::size_t end = at;
    while (end < stem.size() && digits.size() < 14) {
      const char c = stem[end++];
      if (c >= '0' && c <= '9') {
        digits += c;
      } else if ((c != '_' && c != '-' && c != ' ' && c != '.') || digits.empty()) {
        break;
      }
    }
    if (digits.size() != 14 || digits < "19900101" || digits > "2100") continue;
    const auto field = [&digits](std::size_t from, std::size_t size) { return digits.substr(from, size); };
    const auto time = parse_iso(field(0, 4) + "-" + field(4, 2) + "-" + field(6, 2) + "T" + field(8, 2) +
                                ":" + field(10, 2) + ":" + field(12, 2));
    if (time) return time->micros;
  }
  return std::nullopt;
}

bool is_year_folder(std::string_view folder) {
  constexpr std::array<std::string_view, 8> kBefore = {"Photos from ", "Fotos von ", "Fotos del ",
                                                       "Fotos de ",    "Photos de ", "Foto dal ",
                                                       "Foto's uit ",  "Foto uit "};
  for (const auto before : kBefore) {
    if (folder.starts_with(before) && folder.size() == before.size() + 4 &&
        are_digits(folder.substr(before.size())))
      return true;
  }
  return folder.size() > 4 && are_digits(folder.substr(0, 4)) && folder.substr(4) == "年の写真";
}

}  // namespace lake::takeout
