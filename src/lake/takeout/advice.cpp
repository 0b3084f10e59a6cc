#include "lake/takeout/advice.hpp"

namespace lake::takeout {
namespace {

bool holds(const EntryHead& head, std::string_view text) {
  return head.bytes.find(text) != std::string_view::npos;
}

}  // namespace

std::string_view advice_for(const EntryHead& head) {
  const auto name = file_name(head.name);
  const auto kind = extension(head.name);
  if (name == "Encrypted Backups.txt" || (kind == "txt" && holds(head, "Timeline backups are encrypted"))) {
    return "the Timeline is kept encrypted and only the phone can read it: export it there (Settings, "
           "Location, Timeline, "
           "Export Timeline data) and import the file it writes";
  }
  if (name == "archive_browser.html" || name ==
                                            "Archiv_\xC3\x9C"
                                            "bersicht.html") {
    return "Google's index page of the export; what it lists is in the other entries";
  }
  if (kind == "zip" || kind == "tgz" || kind == "rar" || kind == "7z") {
    return "an archive inside the archive is kept as it is; unpack it and import what it holds by itself";
  }
  return {};
}

}  // namespace lake::takeout
