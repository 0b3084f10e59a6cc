#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

constexpr std::string_view kName = "Takeout/YouTube und YouTube Music/Kommentare/Kommentare.csv";
const std::string kOld =
    "Comment ID,Channel ID,Comment Create Timestamp,Price,Parent Comment ID,Video ID,Comment Text\n";
const std::string kNew =
    "Channel ID,Comment create timestamp,Price,Comment ID,Parent comment ID,Post ID,Video ID,Comment text\n";

TEST(YoutubeComments, ColumnsOfAllYears) {
  const std::vector<ParserCase> cases = {
      {"before June 2024, with blank lines behind",
       kOld +
           R"(UgwDN8UeMxW4NDFbvY54AaABAg.9iw,UCA6DtnbZ2KJckyTYfXOwQNA,1970-01-01T00:00:01.801024+00:00,0,UgwDN8UeMxW4NDFbvY54AaABAg,jH39c5-y6kg,"{""takeoutSegments"":[{""text"":""a ""},{""text"":""b"",""link"":{""x"":[1]}}]}")"
           "\n\n\n   \n",
       {R"(yt_comment: ts_us=1801024 comment_id=UgwDN8UeMxW4NDFbvY54AaABAg.9iw video_id=jH39c5-y6kg channel_id=UCA6DtnbZ2KJckyTYfXOwQNA parent_id=UgwDN8UeMxW4NDFbvY54AaABAg text=a b segments=[{"text":"a "},{"text":"b","link":{"x":[1]}}] price=0)"}},
      {"since then: objects joined by commas, with line ends in their texts",
       kNew +
           "UCYnl1cugi7Lw1h8j6JNqNEg,1970-01-01T00:00:01+00:00,0,UgytHqobEtqoKm_-pYB4AaABAg,,p,rWVAzS6duAs,"
           "\"{\"\"text\"\":\"\"> a\"\"},{\"\"text\"\":\"\"\n\"\"},{\"\"text\"\":\"\"b\"\"}\"\n",
       {"yt_comment: ts_us=1000000 comment_id=UgytHqobEtqoKm_-pYB4AaABAg video_id=rWVAzS6duAs "
        "channel_id=UCYnl1cugi7Lw1h8j6JNqNEg text=> a\nb "
        R"(segments=[{"text":"> a\nb"}] price=0 extra={"Post ID":"p"})"}},
      {"the same before: cut and spaced otherwise, and links stay segments",
       kOld + "UgytHqobEtqoKm_-pYB4AaABAg,,1970-01-01T00:00:01Z,,,,\"{\"\"takeoutSegments\"\": "
              "[{\"\"text\"\": \"\"> "
              "a\"\"}, {\"\"text\"\": \"\"\\nb\"\"}, {\"\"text\"\": \"\"c\\\"\"}\"\", \"\"link\"\": {}}, "
              "{\"\"text\"\": "
              "\"\"d\"\"}]}\"\n",
       {"yt_comment: ts_us=1000000 comment_id=UgytHqobEtqoKm_-pYB4AaABAg text=> a\nbc\"}d "
        R"(segments=[{"text":"> a\nb"},{"text":"c\"}","link":{}},{"text":"d"}])"}},
      {"a text that is no JSON",
       kOld + "UgytHqobEtqoKm_-pYB4AaABAg,,1970-01-01T00:00:01Z,,,,\"just, text\"\n",
       {"yt_comment: ts_us=1000000 comment_id=UgytHqobEtqoKm_-pYB4AaABAg text=just, text"}},
      {"no comments", kOld, {}},
  };
  expect_cases(kYtComments, kName, cases);
}

TEST(YoutubeComments, NamesInAnotherLanguage) {
  const std::string head = "コメント ID,チャンネル ID,日時,価格,親,動画 ID,テキスト\n";
  expect_cases(
      kYtComments, kName,
      {{"a comment and a reply",
        head +
            R"(UgytHqobEtqoKm_-pYB4AaABAg,UCYnl1cugi7Lw1h8j6JNqNEg,1970-01-01T00:00:01+00:00,0,,rWVAzS6duAs,"{""text"":""a""}")"
            "\n"
            R"(UgwDN8UeMxW4NDFbvY54AaABAg.9iw,UCYnl1cugi7Lw1h8j6JNqNEg,1970-01-01T00:00:02+00:00,0,UgwDN8UeMxW4NDFbvY54AaABAg,rWVAzS6duAs,"{""text"":""b""}")"
            "\n",
        {R"(yt_comment: ts_us=1000000 comment_id=UgytHqobEtqoKm_-pYB4AaABAg video_id=rWVAzS6duAs channel_id=UCYnl1cugi7Lw1h8j6JNqNEg text=a segments=[{"text":"a"}] price=0)",
         R"(yt_comment: ts_us=2000000 comment_id=UgwDN8UeMxW4NDFbvY54AaABAg.9iw video_id=rWVAzS6duAs channel_id=UCYnl1cugi7Lw1h8j6JNqNEg parent_id=UgwDN8UeMxW4NDFbvY54AaABAg text=b segments=[{"text":"b"}] price=0)"}}});
}

TEST(YoutubeComments, LiveChats) {
  const std::string chat =
      R"(UgwsSD8yrDW7_h6F5vZ4AaABDqgB5OC1kgI,UCA6DtnbZ2KJckyTYfXOwQNA,1970-01-01T00:00:01.510381+00:00,0,0vGCh85obuI,"{""takeoutSegments"":[{""text"":""a ""},{""text"":""b""}]}")";
  const std::string row =
      R"(yt_live_chat: ts_us=1510381 live_chat_id=UgwsSD8yrDW7_h6F5vZ4AaABDqgB5OC1kgI video_id=0vGCh85obuI channel_id=UCA6DtnbZ2KJckyTYfXOwQNA text=a b segments=[{"text":"a b"}] price=0)";
  expect_cases(kYtComments, "Takeout/YouTube/live chats/live chats.csv",
               {{"without names", chat + "\n\n    ", {row}},
                {"with names",
                 "Live Chat ID,Channel ID,Live Chat Create Timestamp,Price,Video ID,Live Chat Text\n" + chat,
                 {row}}});
}

TEST(YoutubeComments, Rejects) {
  const std::string timeless = "UgytHqobEtqoKm_-pYB4AaABAg,UC,soon,0,,v,t";
  const std::string nameless = ",UC,1970-01-01T00:00:01Z,0,,v,t";
  expect_cases(kYtComments, kName,
               {{"no time", kOld + timeless + "\n", {}, {rejected("no time", kOld, timeless)}},
                {"no id", kOld + nameless + "\n", {}, {rejected("no id", kOld, nameless)}}});
  const auto cut = parse(kYtComments, kName, kOld + "Ug,\"a");
  EXPECT_FALSE(cut.end.is_complete);
  EXPECT_EQ(cut.end.offset, kOld.size());
}

TEST(YoutubeSubscriptionsCsv, InAnyLanguage) {
  const std::string first =
      "UCabcdefghijklmnopqrstuv,http://www.example.com/channel/UCabcdefghijklmnopqrstuv,\"A, B\"\n";
  const std::string row =
      "yt_subscription: channel_id=UCabcdefghijklmnopqrstuv title=A, B "
      "url=http://www.example.com/channel/UCabcdefghijklmnopqrstuv";
  const std::string head = "ID del canal,URL del canal,Título del canal\n";
  expect_cases(
      kYtSubscriptionsCsv, "Takeout/YouTube y YouTube Music/suscripciones/suscripciones.csv",
      {{"Spanish", head + first, {row}},
       {"with one column more, and another record",
        "Channel Id,Channel Url,Channel Title,New\n" + first.substr(0, first.size() - 1) + ",x\nno,channel\n",
        {row + R"( extra={"New":"x"})"},
        {"no channel @131+10"}}});
}

TEST(YoutubePlaylists, TheirVideos) {
  const std::string head = "Video-ID,Zeitstempel für die Erstellung des Playlist-Videos\n";
  const std::string bad = "abcdefghij2,soon";
  const std::string good = "abcdefghij1,1970-01-01T00:00:01+00:00\n";
  expect_cases(kYtPlaylistItems,
               "Takeout/YouTube und YouTube Music/Playlists/Videos in der Playlist „Meine“.csv",
               {{"a good and a bad one",
                 head + good + bad + "\n\n",
                 {"yt_playlist_item: ts_us=1000000 playlist=Meine video_id=abcdefghij1"},
                 {rejected("no time", head + good, bad)}}});
}

TEST(YoutubePlaylists, ListsOfThem) {
  expect_cases(
      kYtPlaylists, "Takeout/YouTube/playlists/playlists.csv",
      {{"one a record",
        "Playlist ID,Add new videos to top,Playlist Title (Original),Playlist Create Timestamp,Playlist "
        "Visibility\nPL1,False,Title,1970-01-01T00:00:01+00:00,Private\n,,x,,\n",
        {R"(yt_playlist: playlist_id=PL1 title=Title visibility=Private created_us=1000000 extra={"Add new videos to top":"False"})"},
        {"no id @156+5"}},
       {"one in each file, with its videos",
        "Playlist Id,Channel Id,Time Created,Time Updated,Title,Description,Visibility\nPL1,UC1,1970-01-01 "
        "00:00:01 UTC,1970-01-01 00:00:02 UTC,Title,d,Public\n\nVideo Id,Time Added\nabcdefghij1,1970-01-01 "
        "00:00:03 UTC\n",
        {"yt_playlist: playlist_id=PL1 title=Title description=d visibility=Public created_us=1000000 "
         "updated_us=2000000 channel_id=UC1",
         "yt_playlist_item: ts_us=3000000 playlist=Title video_id=abcdefghij1 playlist_id=PL1"}}});
}

TEST(YoutubeVideos, OwnOnes) {
  expect_cases(
      kYtVideos, "Takeout/YouTube/video metadata/videos.csv",
      {{"one",
        "Video ID,Approx Duration (ms),Video Title (Original),Privacy,Video Create "
        "Timestamp,More\nabcdefghij1,90x,T,Public,1970-01-01T00:00:01+00:00,m\n,1,,,,\n",
        {R"x(yt_video: video_id=abcdefghij1 title=T privacy=Public created_us=1000000 extra={"Approx Duration (ms)":"90x","More":"m"})x"},
        {"no video @142+6"}}});
}

}  // namespace
}  // namespace lake::takeout
