"""YouTube: watch and search history, subscriptions, comments old and new, live chats, likes, playlists, video metadata."""
import csv
import io
import json

from . import activity, times
from .locales import header
from .pretty import pretty

PRODUCT = "youtube"
ROOT = "YouTube and YouTube Music"
START, END = times.at(2015, 1, 1), times.at(2024, 4, 25)
OLD_COMMENTS = "Comment ID,Channel ID,Comment Create Timestamp,Price,Parent Comment ID,Video ID,Comment Text"
NEW_COMMENTS = "Channel ID,Comment Create Timestamp,Price,Comment ID,Parent Comment ID,Video ID,Comment Text"
LIVE_CHATS = "Live Chat ID,Channel ID,Live Chat Create Timestamp,Price,Video ID,Live Chat Text"  # header from memory


def csv_line(values):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(values)
    return out.getvalue()


def micros_zone(ts):
    return times.iso(ts, 6)[:-1] + "+00:00"


def watch_entry(item):
    """(element, video id or None). Some videos were removed: without a channel, or without an address at all."""
    dice = item.dice()
    video, title = dice.code(11), dice.words(4)
    entry = {"header": "YouTube Music" if dice.chance(15) else "YouTube", "title": f"Watched {title}",
             "titleUrl": f"https://www.youtube.com/watch?v={video}",
             "subtitles": [{"name": dice.words(2), "url": f"https://www.youtube.com/channel/UC{dice.code(22)}"}]}
    if item.number % 40 == 7:
        entry["title"] = f"Watched {entry['titleUrl']}"
        del entry["subtitles"]
    elif item.number % 40 == 23:
        entry, video = {"header": "YouTube", "title": "Watched a video that has been removed"}, None
    entry.update(time=times.iso(item.ts), products=["YouTube"], activityControls=["YouTube watch history"])
    if dice.chance(8):
        entry["details"] = [{"name": "From Google Ads"}]
    return entry, video


def search_entry(item):
    what = item.dice().words(3)
    return {"header": "YouTube", "title": f"Searched for {what}", "titleUrl":
            f"https://www.youtube.com/results?search_query={what.replace(' ', '+')}", "time": times.iso(item.ts),
            "products": ["YouTube"]}


def write_entries(export, kind, stem, items):
    """A history as JSON or as a page. `items` yields item, element, and the rest of the row's key."""
    name = [ROOT, "history", f"{stem}.{'html' if export.options.html else 'json'}"]
    if export.options.html:
        with activity.open_page(export, PRODUCT, f"{kind}_html", name) as file:
            for item, entry, rest in items:
                activity.write_cell(export, file, entry, item)
                file.element()
                ts = times.floor_second(item.ts)
                file.row(kind, (ts, rest), (ts,))
            file.write(activity.TAIL)
        return
    with export.file(PRODUCT, kind, name, size_max=export.options.size) as file:
        separator = "["
        for item, entry, rest in items:
            file.write(separator + pretty(entry, 2, False).replace("=", "\\u003d"))
            separator = ","
            file.element()
            file.row(kind, (item.ts, rest), (item.ts,))
        file.write("]")


def write_history(export):
    watched = export.items("yt_watch", export.count(PRODUCT, 0.5, 400), START, END)
    write_entries(export, "yt_watch", "watch-history", ((item, *watch_entry(item)) for item in watched))
    searched = export.items("yt_search", export.count(PRODUCT, 0.15, 300), START, END)
    entries = ((item, search_entry(item)) for item in searched)
    write_entries(export, "yt_search", "search-history", ((item, entry, entry["title"]) for item, entry in entries))


def write_old_subscriptions(export):
    """subscriptions.json, until about 2021."""
    with export.file(PRODUCT, "yt_subscription", [ROOT, "subscriptions", "subscriptions.csv"]) as file:
        entries = []
        for item in export.items("yt_subscription", export.count(PRODUCT, 0.03, 600, most=20000), START, END):
            channel = f"UC{item.dice('id').code(22)}"
            entries.append({"contentDetails": {"activityType": "all", "newItemCount": 0, "totalItemCount": 9},
                            "etag": item.dice().code(27), "id": item.dice().code(43), "kind": "youtube#subscription",
                            "snippet": {"publishedAt": times.iso(item.ts), "resourceId": {
                                "channelId": channel, "kind": "youtube#channel"}, "title": item.dice(item.version).words(2)}})
            file.element()
            file.row("yt_subscription", (channel,), text=f"v{item.version}")
        file.write(pretty(entries, 1, False))


def write_subscriptions(export):
    with export.file(PRODUCT, "yt_subscription", [ROOT, "subscriptions", "subscriptions.csv"]) as file:
        file.write(header("subscriptions", export.locale) + "\n")
        for item in export.items("yt_subscription", export.count(PRODUCT, 0.03, 110, most=20000), START, END):
            channel = f"UC{item.dice('id').code(22)}"
            file.write(csv_line([channel, f"http://www.youtube.com/channel/{channel}",
                                 item.dice(item.version).words(2)]))
            file.element()
            file.row("yt_subscription", (channel,), text=f"v{item.version}")


def comment_text(dice, old):
    first, second = dice.words(4), dice.words(2)
    if old:
        return json.dumps({"takeoutSegments": [{"text": first}, {"text": f"\n{second}"}]}, ensure_ascii=False)
    # Several objects joined by commas; line ends stand raw in the strings.
    return f'{{"text":"{first}"}},{{"text":"\n"}},{{"text":"{second}"}}'


def write_comments(export):
    """Two files: the columns before and after June 2024. Some comments stand in both."""
    count = export.count(PRODUCT, 0.12, 330)
    items = list(export.items("yt_comment", min(count, 50000), START, END))
    half = len(items) // 2
    for name, header_line, chosen in (("comments.csv", NEW_COMMENTS, items[half - half // 4:]),
                                      ("comments(1).csv", OLD_COMMENTS, items[:half])):
        with export.file(PRODUCT, "yt_comment", [ROOT, "comments", name]) as file:
            file.write(header_line + "\n")
            for item in chosen:
                dice = item.dice()
                values = {"Comment ID": f"Ug{dice.code(20)}4AaABAg", "Channel ID": f"UC{dice.code(22)}",
                          "Comment Create Timestamp": micros_zone(item.ts), "Price": "0", "Parent Comment ID": "",
                          "Video ID": dice.code(11), "Comment Text": comment_text(dice, header_line is OLD_COMMENTS)}
                file.write(csv_line([values[column] for column in header_line.split(",")]))
                file.element()
                file.row("yt_comment", (values["Comment ID"],), (item.ts,))
            file.write("\n\n\n")


def write_live_chats(export):
    with export.file(PRODUCT, "yt_live_chat", [ROOT, "live chats", "live chats.csv"], note="Header line from memory.") as file:
        file.write(LIVE_CHATS + "\n")
        for item in export.items("yt_live_chat", export.count(PRODUCT, 0.04, 240, most=50000), START, END):
            dice = item.dice()
            name = f"Ugws{dice.code(14)}4AaABDqgB{dice.code(10)}"
            file.write(csv_line([name, f"UC{dice.code(22)}", micros_zone(item.ts), "0", dice.code(11),
                                 json.dumps({"takeoutSegments": [{"text": dice.words(5)}]}, ensure_ascii=False)]))
            file.element()
            file.row("yt_live_chat", (name,), (item.ts,))
        file.write("\n")


def write_playlists(export):
    """playlists.csv and one file a playlist in the new layout. The column names of playlists.csv are from memory."""
    titles = [(f"PL{export.dice('playlist', n).code(32)}", f"List {n} {export.dice('playlist title', n).words(1)}")
              for n in range(4)]
    with export.file(PRODUCT, "yt_playlist", [ROOT, "playlists", "playlists.csv"], from_memory=True) as file:
        file.write("Playlist ID,Playlist Title (Original),Playlist Create Timestamp,Playlist Visibility\n")
        for number, (name, title) in enumerate(titles):
            file.write(csv_line([name, title, micros_zone(START + number * times.DAY), "Private"]))
            file.element()
            file.row("yt_playlist", (name,))
    count = export.count(PRODUCT, 0.06 / len(titles), 40, most=5000)
    for _, title in titles:
        with export.file(PRODUCT, "yt_playlist_item", [ROOT, "playlists", ("{}-videos.csv", title)], from_memory=True) as file:
            file.write(header("playlist_items", export.locale) + "\n")
            for item in export.items(f"yt_playlist {title}", count, START, END):
                video, ts = item.dice().code(11), times.floor_second(item.ts)
                file.write(f"{video},{micros_zone(ts).replace('.000000', '')}\n")
                file.element()
                file.row("yt_playlist_item", (title, video, ts), (ts,))


def write_likes(export):
    """likes.json of exports before 2021: playlist items of the list of liked videos."""
    channel = export.dice("my channel").code(22)
    with export.file(PRODUCT, "yt_likes", [ROOT, "playlists", "likes.json"]) as file:
        likes = []
        for number, item in enumerate(export.items("yt_like", export.count(PRODUCT, 0.05, 1100, most=5000), START, END)):
            dice = item.dice()
            video, ts = dice.code(11), times.floor_second(item.ts)
            likes.append({
                "contentDetails": {"videoId": video, "videoPublishedAt": times.iso(ts - times.DAY)},
                "etag": dice.code(27), "id": dice.code(48), "kind": "youtube#playlistItem",
                "snippet": {"channelId": f"UC{channel}", "channelTitle": "Title", "description": dice.words(8),
                            "playlistId": f"LL{channel}", "position": number, "publishedAt": times.iso(ts),
                            "resourceId": {"kind": "youtube#video", "videoId": video}, "title": dice.words(3)},
                "status": {"privacyStatus": "public"}})
            file.element()
            file.row("yt_playlist_item", ("likes", video, ts), (ts,), text="like")
        file.write(pretty(likes, 1))


def write_videos(export):
    with export.file(PRODUCT, "yt_video", [ROOT, "video metadata", "videos.csv"], from_memory=True) as file:
        file.write("Video ID,Approx Duration (ms),Video Title (Original),Privacy,Video Create Timestamp\n")
        for item in export.items("yt_video", export.count(PRODUCT, 0.02, 110, most=2000), START, END):
            dice = item.dice()
            video = dice.code(11)
            file.write(csv_line([video, 1000 + dice.below(900000), dice.words(3), "Public", micros_zone(item.ts)]))
            file.element()
            file.row("yt_video", (video,))


def write(export):
    write_history(export)
    (write_old_subscriptions if export.is_old else write_subscriptions)(export)
    write_comments(export)
    write_live_chats(export)
    write_playlists(export)
    write_likes(export)
    write_videos(export)
