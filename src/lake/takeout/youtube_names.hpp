#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lake::takeout {

// What names and values of YouTube's files look like.

/// "UC" and 22 letters, digits, '-' or '_'.
bool is_channel_id(std::string_view text);
/// 11 letters, digits, '-' or '_'.
bool is_video_id(std::string_view text);
/// The id in ".../watch?v=ID", "youtu.be/ID", ".../shorts/ID".
std::optional<std::string_view> video_id_in(std::string_view url);

/// ".../channel/UC..." -> "UC...".
std::optional<std::string_view> channel_id_in(std::string_view url);
/// The value of "search_query=" with its escapes resolved; a '+' is a space. Well-formed UTF-8.
std::optional<std::string> query_in(std::string_view url);

/// "YouTube", "YouTube und YouTube Music": the product's name is the same in every language.
bool is_youtube_folder(std::string_view folder);
/// Names of the two histories, without ending, in the languages seen.
bool is_watch_history(std::string_view stem);
bool is_search_history(std::string_view stem);

/// The title in the name of a playlist's file: "Music-videos" -> "Music", "Videos in der Playlist „Musik“" ->
/// "Musik". A name of another form is the title.
std::string playlist_title(std::string_view stem);

}  // namespace lake::takeout
