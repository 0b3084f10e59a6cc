"""The tables whose truth is told: natural key and the number columns that are summed.

`basis` says where table and column names come from: "takeout" when the format description names them, "proposed" when it
names the fields of the files only, and this generator chose the column names.
"""
from collections import namedtuple

Table = namedtuple("Table", "key values basis note")
TABLES = {}
# The rows that are counted, where it is not all of them.
WHERE = {"location_point": "origin NOT IN ('visit', 'segment_end')"}
# Their keys hold names that follow the account's language.
LOCALIZED = {"album_item", "contact_group", "saved_item", "raw_json"}


def declare(name, key, values, basis="takeout", note=""):
    TABLES[name] = Table(tuple(key.split()), tuple(values.split()), basis, note)


declare("location_point", "ts_us lat_e7 lon_e7 device_tag origin", "ts_us lat_e7 lon_e7 accuracy_m alt_m",
        note="Sliced by origin. With --newer-is-poorer only an older export has alt_m, and a history row for that is right too. Points that a parser derives from visits and segments (origins visit, segment_end) are not "
             "counted; a waypoint has no time and is no point.")
declare("location_activity_sample", "ts_us type confidence", "ts_us confidence",
        note="ts_us is the sample's own time. raw_signal confidences are fractions in the file and percent here.")
declare("wifi_scan", "ts_us mac", "ts_us mac rssi")
declare("place_visit", "start_us end_us place_id", "start_us end_us lat_e7 lon_e7", note="Sliced by hierarchy 0 and 1.")
declare("travel_segment", "start_us end_us", "start_us end_us distance_m")
declare("trip", "start_us end_us", "start_us end_us distance_from_origin_km", note="Column distance_from_origin_km is proposed.")
declare("frequent_place", "place_id", "lat_e7 lon_e7", note="Column names are proposed.")
declare("location_device", "device_tag", "device_tag", note="Column names are proposed.")
declare("activity", "ts_us product title url", "ts_us",
        note="Rows of My Activity only, not of YouTube/history. Sliced by format: rows of the slice html occur in HTML alone and "
             "have whole seconds; HTML copies of rows that are also in JSON merge with them.")
declare("yt_watch", "ts_us video_id", "ts_us")
declare("yt_search", "ts_us title", "ts_us", note="title as in the file, with its verb.")
declare("yt_subscription", "channel_id", "")
declare("yt_comment", "comment_id", "ts_us")
declare("yt_live_chat", "live_chat_id", "ts_us", note="Column name live_chat_id as in the format description's key.")
declare("yt_playlist", "playlist_id", "")
declare("yt_playlist_item", "playlist video_id ts_us", "ts_us", note="playlist is its title.")
declare("yt_video", "video_id", "")
declare("browser_visit", "ts_us url client_id", "ts_us")
declare("bookmark", "folder_path url added_us", "added_us", note="Folders joined with '/'.")
declare("reading_list", "url added_us", "added_us")
declare("search_engine", "sync_guid", "")
declare("chrome_device", "client_name", "last_updated_us", note="Column names are proposed.")
declare("mail_message", "gm_msgid", "gm_thrid date_us",
        note="Sliced by product: mail, groups. date_us is that of the Date header, else of the separator.")
declare("mail_attachment", "gm_msgid filename", "size", note="size of the decoded bytes. Parts with a file name only.")
declare("mail_label", "label", "", note="Distinct decoded labels over all messages. Column name is proposed.")
declare("photo", "name", "taken_us",
        note="One row per media file name; names are unique over the run, the same bytes lie in year folder and album. taken_us is "
             "the sidecar's and EXIF's, which agree.")
declare("photo_person", "url name", "", note="Columns: the photo's url and the person's name.")
declare("album", "directory title", "date_us", note="directory is the archive folder's last name.")
declare("album_item", "directory name", "", note="name is the media file's.")
declare("keep_note", "created_us stem", "edited_us", "proposed")
declare("keep_item", "created_us stem position", "checked", "proposed", "One row per list entry.")
declare("task_list", "id", "", "proposed")
declare("task", "id", "created_us updated_us", "proposed")
declare("chat_space", "space", "", "takeout", "Column space (the folder name) is proposed.")
declare("chat_member", "space email", "")
declare("chat_message", "message_id", "ts_us")
declare("chat_reaction", "message_id emoji reactor_email", "", note="Column names follow the file.")
declare("chat_attachment", "message_id export_name", "")
declare("voice_event", "ts_us kind number text", "ts_us duration_s", note="number as in tel:; text is empty for calls.")
declare("daily_metric", "date metric", "value_milli",
        note="metric is the English column header, in every language; value_milli is 1000 times the value.")
declare("health_sample", "metric source start_us end_us", "start_us value_milli",
        note="Sliced by file family. metric and source are names this generator chose: see README.md.")
declare("workout", "start_us end_us type", "start_us end_us", note="Fit sessions are from memory.")
declare("sleep_session", "start_us log_id", "start_us end_us asleep_min", "proposed")
declare("sleep_stage", "start_us log_id level", "start_us seconds", "proposed")
declare("calendar_event", "calendar uid recurrence_us", "start_us", "proposed",
        "One row per VEVENT. A date without a time is midnight UTC.")
declare("contact", "name mails phones", "", "proposed", "mails and phones sorted, joined with a space.")
declare("contact_group", "group name mails", "", "proposed", "The groups in whose vcf a contact stands.")
declare("play_install", "title device first_installation_us", "last_update_us", "proposed")
declare("pay_transaction", "transaction_id", "ts_us amount_minor", "proposed")
declare("access_log", "ts_us ip product activity_type user_agent", "ts_us count", "proposed",
        "Equal lines are one row with a count. Sliced by the number of columns.")
declare("access_device", "gaia_id device", "", "proposed")
declare("saved_item", "list title url", "", "proposed")
declare("saved_place", "url ts_us", "ts_us lat_e7 lon_e7", "proposed")
declare("place_review", "url ts_us", "ts_us rating", "proposed")
declare("labeled_place", "name", "lat_e7 lon_e7", "proposed")
declare("drive_file", "path", "size", "proposed", "path below the product folder.")
declare("group_member", "group email", "", "proposed")
declare("raw_csv", "product stem position", "",
        "proposed", "All tables raw_csv_<product>_<stem> together; position counts data lines from 0.")
declare("raw_json", "product path idx", "", note="Generic elements of unknown products.")
