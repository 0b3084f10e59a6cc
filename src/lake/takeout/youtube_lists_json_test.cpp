#include "lake/takeout/parser_fixture.hpp"
#include "lake/takeout/product_list.hpp"

namespace lake::takeout {
namespace {

TEST(YoutubeSubscriptionsJson, OfExportsTo2021) {
  const std::string head =
      R"([{"snippet": {"title": "a", "resourceId": {"channelId": "UCabcdefghijklmnopqrstuv"}}},)";
  const std::string first = "yt_subscription: channel_id=UCabcdefghijklmnopqrstuv title=a";
  const std::string nameless = R"({"snippet": {"title": "x"}})";
  expect_cases(
      kYtSubscriptionsJson, "Takeout/YouTube/subscriptions/subscriptions.json",
      {{"every member there is",
        head +
            R"({"contentDetails": {"newItemCount": 0}, "etag": "e", "snippet": {"publishedAt": "1970-01-01T00:00:02Z", "description": "d", "resourceId": {"channelId": "UC2", "kind": "youtube#channel"}, "title": "t"}}])",
        {first,
         R"(yt_subscription: channel_id=UC2 title=t subscribed_us=2000000 description=d extra={"contentDetails.newItemCount":0,"etag":"e","snippet.resourceId.kind":"youtube#channel"})"}},
       {"no channel", head + nameless + "]", {first}, {rejected("no channel", head, nameless)}},
       {"no JSON", head + "{x}]", {first}, {rejected("syntax", head, "{x}")}},
       {"a cut file", head + R"({"snippet)", {first}}});
}

TEST(YoutubeListJson, LikesAndPlaylists) {
  const std::string head =
      R"([{"snippet": {"publishedAt": "1970-01-01T00:00:01Z", "resourceId": {"videoId": "a"}}},)";
  const std::string first = "yt_playlist_item: ts_us=1000000 playlist=likes video_id=a";
  const std::string timeless = R"({"contentDetails": {"videoId": "x"}})";
  const std::string no_video = R"({"snippet": {"publishedAt": "1970-01-01T00:00:02Z"}})";
  expect_cases(
      kYtListJson, "Takeout/YouTube/playlists/likes.json",
      {{"every member there is",
        head +
            R"({"contentDetails": {"videoId": "J1tF-DKKt7k", "videoPublishedAt": "1970-01-01T00:00:03Z"}, "id": "i", "snippet": {"channelId": "UC1", "channelTitle": "c", "description": "d\n", "playlistId": "LL1", "position": 4, "publishedAt": "1970-01-01T00:00:02Z", "resourceId": {"kind": "youtube#video", "videoId": "J1tF-DKKt7k"}, "thumbnails": {"default": {"height": 90}}, "title": "t"}, "status": {"privacyStatus": "public"}}])",
        {first,
         "yt_playlist_item: ts_us=2000000 playlist=likes video_id=J1tF-DKKt7k playlist_id=LL1 title=t "
         "description=d\n position=4 channel_id=UC1 channel=c published_us=3000000 privacy=public "
         R"(extra={"id":"i","snippet.resourceId.kind":"youtube#video","snippet.thumbnails":{"default": {"height": 90}}})"}},
       {"two ids that differ",
        head +
            R"({"contentDetails": {"videoId": "b"}, "snippet": {"publishedAt": "1970-01-01T00:00:02Z", "resourceId": {"videoId": "c"}}}])",
        {first,
         R"(yt_playlist_item: ts_us=2000000 playlist=likes video_id=b extra={"snippet.resourceId.videoId":"c"})"}},
       {"no time", head + timeless + "]", {first}, {rejected("no time", head, timeless)}},
       {"no video", head + no_video + "]", {first}, {rejected("no video", head, no_video)}},
       {"no object", head + "7]", {first}, {rejected("shape", head, "7")}}});
}

TEST(YoutubeListJson, TheHistoryOf2017) {
  expect_cases(
      kYtListJson, "Takeout/YouTube/history/watch-history.json",
      {{"a video",
        R"([{"contentDetails": {"videoId": "J1tF-DKKt7k"}, "snippet": {"publishedAt": "2016-07-05T18:27:32.000Z", "title": "t"}}])",
        {"yt_watch: ts_us=1467743252000000 video_id=J1tF-DKKt7k title=t format=json ts_quality=exact"}}});
}

}  // namespace
}  // namespace lake::takeout
