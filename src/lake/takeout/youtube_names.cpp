#include "lake/takeout/youtube_names.hpp"

#include <algorithm>

#include "lake/takeout/json_members.hpp"
#include "lake/takeout/transfer_codings.hpp"

namespace lake::takeout {
namespace {

bool is_id(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

template <std::size_t kCount>
bool is_one_of(std::string_view text, const std::string_view (&words)[kCount]) {
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

}  // namespace

bool is_channel_id(std::string_view text) {
  return text.size() == 24 && text.starts_with("UC") && is_id(text);
}

bool is_video_id(std::string_view text) { return text.size() == 11 && is_id(text); }

std::optional<std::string_view> video_id_in(std::string_view url) {
  for (const std::string_view before : {"watch?v=", "&v=", "youtu.be/", "/shorts/"}) {
    const auto at = url.find(before);
    if (at == std::string_view::npos) continue;
    const auto rest = url.substr(at + before.size());
    const auto id = rest.substr(0, 11);
    const bool ends = rest.size() == 11 ||
                      (rest.size() > 11 && std::string_view("&?#/").find(rest[11]) != std::string_view::npos);
    if (is_video_id(id) && ends) return id;
  }
  return std::nullopt;
}

std::optional<std::string_view> channel_id_in(std::string_view url) {
  constexpr std::string_view kBefore = "/channel/";
  const auto at = url.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  const auto id = url.substr(at + kBefore.size());
  return is_channel_id(id) ? std::optional(id) : std::nullopt;
}

std::optional<std::string> query_in(std::string_view url) {
  constexpr std::string_view kBefore = "search_query=";
  const auto at = url.find(kBefore);
  if (at == std::string_view::npos) return std::nullopt;
  url = url.substr(at + kBefore.size());
  std::string spaced(url.substr(0, url.find_first_of("&#")));
  for (char& c : spaced) {
    if (c == '+') c = ' ';
  }
  std::string query;
  append_hex_coded(spaced, '%', query);
  return is_utf8(query) ? query : repaired_utf8(query);
}

bool is_youtube_folder(std::string_view folder) { return folder.starts_with("YouTube"); }

bool is_watch_history(std::string_view stem) {
  static constexpr std::string_view kNames[] = {
      "watch-history", "Wiedergabeverlauf", "historial de reproducciones", "kijkgeschiedenis", "視聴履歴"};
  return is_one_of(stem, kNames);
}

bool is_search_history(std::string_view stem) {
  static constexpr std::string_view kNames[] = {"search-history", "Suchverlauf", "historial de búsqueda",
                                                "zoekgeschiedenis", "検索履歴"};
  return is_one_of(stem, kNames);
}

std::string playlist_title(std::string_view stem) {
  // German is from memory, as is what stands for the quotes.
  constexpr std::string_view kGerman = "Videos in der Playlist ";
  if (stem.starts_with(kGerman)) {
    stem.remove_prefix(kGerman.size());
    for (const std::string_view quote : {"„", "_", "\""}) {
      if (stem.starts_with(quote)) {
        stem.remove_prefix(quote.size());
        break;
      }
    }
    for (const std::string_view quote : {"“", "_", "\""}) {
      if (stem.ends_with(quote)) {
        stem.remove_suffix(quote.size());
        break;
      }
    }
    return std::string(stem);
  }
  for (const std::string_view behind : {"-videos", "-Videos", "-動画"}) {
    if (stem.size() > behind.size() && stem.ends_with(behind)) {
      stem.remove_suffix(behind.size());
      break;
    }
  }
  return std::string(stem);
}

}  // namespace lake::takeout
