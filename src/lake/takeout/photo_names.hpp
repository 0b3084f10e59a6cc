#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lake::takeout {

/// The name of a medium taken apart: "IMG_1-edited(2).jpg" -> "IMG_1-edited", "(2)", ".jpg".
struct MediaName {
  std::string stem;
  std::string number;     // with its brackets; empty when there is none
  std::string extension;  // with its dot
};
MediaName parse_media_name(std::string_view name);

/// The names that the sidecar of a medium in the same folder may have, the surest first: the media's name,
/// cut to 46 UTF-16 code units, its number in brackets behind it; with ".supplemental-metadata", without its
/// extension. Behind them, from `edited_from` on, those of the original when the name is that of an edited
/// copy ("-edited", "-bearbeitet", cut).
struct SidecarNames {
  std::vector<std::string> names;
  std::size_t edited_from = 0;
};
SidecarNames sidecar_names(std::string_view media_name);

/// A sidecar of a folder: its name, and the title it tells.
struct SidecarTitle {
  std::string name;
  std::string title;
};
/// How a medium and a sidecar of the same folder belong together.
struct SidecarJoin {
  std::size_t medium = 0;   // its place in the list
  std::size_t sidecar = 0;  // the same
  std::string_view by;      // name; edited (a copy of the original); live (a film beside its photo); title
};
/// Joins the media of one folder with its sidecars: by the rule of names, then a film with the sidecar of the
/// photo of its name, then by a title that only one sidecar has. A sidecar may serve several media. Time:
/// linear.
std::vector<SidecarJoin> join_sidecars(const std::vector<std::string>& media,
                                       const std::vector<SidecarTitle>& sidecars);

/// The time that the names of cameras and phones hold: "IMG_20190812_144721.jpg",
/// "PXL_20210102_030405678.jpg", "Screenshot_2019-08-12-14-47-21.png"; microseconds of a clock whose zone is
/// unknown.
std::optional<std::int64_t> time_in_name(std::string_view name);

/// A folder that holds the photos of one year and is no album: "Photos from 2019", "Fotos von 2019".
bool is_year_folder(std::string_view folder);

}  // namespace lake::takeout
