"""File and folder names of three account languages.

German names were seen in a listing of a real export, except those in FROM_MEMORY. All Japanese names are from memory,
except タイムライン. A name that is missing here stays English.
"""
SEEN_JA = {"Timeline.json"}
# English segment: (German, Japanese). Braces are filled in after translation.
NAMES = {
    "archive_browser.html": ("Archiv_Übersicht.html", "アーカイブ_ブラウザ.html"),
    "Location History (Timeline)": ("Location History (Timeline)", "ロケーション履歴（タイムライン）"),
    "Location History": ("Standortverlauf", "ロケーション履歴"),
    "Location History.json": ("Standortverlauf.json", "ロケーション履歴.json"),
    "Timeline.json": ("Zeitleiste.json", "タイムライン.json"),
    "My Activity": ("Meine Aktivitäten", "マイ アクティビティ"),
    "MyActivity.json": ("MeineAktivitäten.json", "マイアクティビティ.json"),
    "MyActivity.html": ("MeineAktivitäten.html", "マイアクティビティ.html"),
    "Search": ("Google Suche", "検索"),
    "Maps": ("Maps", "マップ"),
    "Image Search": ("Bildersuche", "画像検索"),
    "Video Search": ("Videosuche", "動画検索"),
    "YouTube and YouTube Music": ("YouTube und YouTube Music", "YouTube と YouTube Music"),
    "history": ("Verlauf", "履歴"),
    "watch-history.json": ("Wiedergabeverlauf.json", "視聴履歴.json"),
    "watch-history.html": ("Wiedergabeverlauf.html", "視聴履歴.html"),
    "search-history.json": ("Suchverlauf.json", "検索履歴.json"),
    "search-history.html": ("Suchverlauf.html", "検索履歴.html"),
    "subscriptions": ("Abos", "登録チャンネル"),
    "subscriptions.csv": ("Abos.csv", "登録チャンネル.csv"),
    "comments": ("Kommentare", "コメント"),
    "comments.csv": ("Kommentare.csv", "コメント.csv"),
    "live chats": ("Livechats", "ライブチャット"),
    "live chats.csv": ("Livechats.csv", "ライブチャット.csv"),
    "playlists": ("Playlists", "再生リスト"),
    "playlists.csv": ("Playlists.csv", "再生リスト.csv"),
    "{}-videos.csv": ("Videos in der Playlist „{}“.csv", "{}-動画.csv"),
    "video metadata": ("Video-Metadaten", "動画のメタデータ"),
    "videos.csv": ("Videos.csv", "動画.csv"),
    "History.json": ("Verlauf.json", "履歴.json"),
    "BrowserHistory.json": ("BrowserHistory.json", "BrowserHistory.json"),
    "Bookmarks.html": ("Lesezeichen.html", "ブックマーク.html"),
    "ReadingList.html": ("Leseliste.html", "リーディングリスト.html"),
    "SearchEngines.json": ("Suchmaschinen.json", "検索エンジン.json"),
    "Device Information.json": ("Geräteinformationen.json", "デバイス情報.json"),
    "Addresses and more.json": ("Adressen und andere Daten.json", "住所など.json"),
    "Dictionary.csv": ("Wörterbuch.csv", "辞書.csv"),
    "Extensions.json": ("Erweiterungen.json", "拡張機能.json"),
    "Mail": ("Gmail", "メール"),
    "All mail Including Spam and Trash.mbox": ("Alle E-Mails einschließlich Spam-Nachrichten und E.mbox",
                                               "すべてのメール（迷惑メール、ゴミ箱のメールを含む）.mbox"),
    "User Settings": ("Nutzereinstellungen", "ユーザー設定"),
    "Blocked Addresses.json": ("Blockierte Adressen.json", "ブロックしたアドレス.json"),
    "Google Photos": ("Google Fotos", "Google フォト"),
    "Photos from {}": ("Fotos von {}", "{}年の写真"),
    "metadata.json": ("Metadaten.json", "メタデータ.json"),
    "Untitled": ("Unbenannt", "無題"),
    "Trash": ("Papierkorb", "ゴミ箱"),
    "Keep": ("Google Notizen", "Keep"),
    "Labels.txt": ("Labels.txt", "ラベル.txt"),
    "Tasks": ("Tasks", "ToDo リスト"),
    "Google Chat": ("Google Chat", "Google チャット"),
    "Calls": ("Anrufe", "通話"),
    "Fit": ("Google Fit", "Fit"),
    "Daily activity metrics": ("Tägliche Aktivitätswerte", "毎日のアクティビティ指標"),
    "Daily activity metrics.csv": ("Tägliche Aktivitätswerte.csv", "毎日のアクティビティ指標.csv"),
    "All Sessions": ("Alle Sitzungen", "すべてのセッション"),
    "All Data": ("Alle Daten", "すべてのデータ"),
    "Activities": ("Aktivitäten", "アクティビティ"),
    "Calendar": ("Kalender", "カレンダー"),
    "Contacts": ("Google Kontakte", "連絡先"),
    "All Contacts": ("Alle Kontakte", "すべての連絡先"),
    "All Contacts.vcf": ("Alle Kontakte.vcf", "すべての連絡先.vcf"),
    "My Contacts": ("Meine Kontakte", "マイ連絡先"),
    "My Contacts.vcf": ("Meine Kontakte.vcf", "マイ連絡先.vcf"),
    "Google Play Store": ("Google Play Store", "Google Play ストア"),
    "Google Pay": ("Google Pay", "Google Pay"),
    "Google transactions": ("Transaktionen bei Google Play", "Google の取引"),
    "Access log activity": ("Aktivitäten im Zugriffsprotokoll", "アクセスログ アクティビティ"),
    "Activities - A list of Google services accessed by.csv": ("Aktivitäten – Eine Liste der Google-Dienste, auf die .csv",
                                                               "アクティビティ - デバイスからアクセスした Google サービスのリスト.csv"),
    "Devices - A list of devices (i.e. Nest, Pixel, iPh.csv": ("Geräte – Eine Liste der Geräte (z. B. Nest, Pixel,.csv",
                                                              "デバイス - デバイスのリスト.csv"),
    "Saved": ("Gespeichert", "保存済み"),
    "Default list.csv": ("Standardliste.csv", "デフォルト リスト.csv"),
    "Want to go.csv": ("Reiseziele.csv", "行ってみたい.csv"),
    "Maps (your places)": ("Maps (Meine Orte)", "マップ（マイプレイス）"),
    "Saved Places.json": ("Gespeicherte Orte.json", "保存した場所.json"),
    "Reviews.json": ("Bewertungen.json", "クチコミ.json"),
    "My labeled places": ("Meine Orte mit Beschriftungen", "ラベル付きの場所"),
    "Labeled places.json": ("Orte mit Beschriftungen.json", "ラベル付きの場所.json"),
    "Drive": ("Drive", "ドライブ"),
    "Groups": ("Groups", "グループ"),
    "Profile": ("Profil", "プロフィール"),
    "Profile.json": ("Profil.json", "プロフィール.json"),
    "Google Finance": ("Google Finanzen", "Google Finance"),
}
FROM_MEMORY_DE = {"Location History", "Location History.json", "{}-videos.csv", "playlists.csv", "videos.csv", "watch-history.json",
                  "search-history.json", "MyActivity.json", "SearchEngines.json", "Trash", "Untitled", "Keep", "Calls",
                  "Access log activity", "Search", "Image Search", "Video Search", "Google transactions", "Dictionary.csv",
                  "Activities - A list of Google services accessed by.csv", "Devices - A list of devices (i.e. Nest, Pixel, iPh.csv"}
# Localized headers of CSV files; the German and Japanese ones are from memory.
HEADERS = {
    "subscriptions": {"en": "Channel Id,Channel Url,Channel Title", "de": "Kanal-ID,Kanal-URL,Kanaltitel",
                      "ja": "チャンネル ID,チャンネルの URL,チャンネルのタイトル"},
    "saved": {"en": "Title,Note,URL,Comment", "de": "Titel,Notiz,URL,Kommentar", "ja": "タイトル,メモ,URL,コメント"},
    "fit_daily": {"en": "Date,Move Minutes count,Calories (kcal),Distance (m),Heart Points,Average heart rate (bpm),Step count",
                  "de": "Datum,Anzahl der Minuten in Bewegung,Kalorien (kcal),Strecke (m),Kardiopunkte,"
                        "Durchschnittliche Herzfrequenz (bpm),Schrittzahl",
                  "ja": "日付,アクティブ時間（分）,カロリー（kcal）,距離（m）,ハートポイント,平均心拍数（bpm）,歩数"},
    "fit_bins": {"en": "Start time,End time,Move Minutes count,Calories (kcal),Distance (m),Heart Points,Step count",
                 "de": "Startzeit,Ende,Anzahl der Minuten in Bewegung,Kalorien (kcal),Strecke (m),Kardiopunkte,Schrittzahl",
                 "ja": "開始時刻,終了時刻,アクティブ時間（分）,カロリー（kcal）,距離（m）,ハートポイント,歩数"},
    "playlist_items": {"en": "Video ID,Playlist Video Creation Timestamp",
                       "de": "Video-ID,Zeitstempel für die Erstellung des Playlist-Videos",
                       "ja": "動画 ID,再生リストの動画の作成タイムスタンプ"},
}
# Names before about 2019 to 2023, where they were others. No translation of them is known.
OLD_NAMES = {
    "MyActivity.json": "My Activity.json", "MyActivity.html": "My Activity.html", "History.json": "BrowserHistory.json",
    "YouTube and YouTube Music": "YouTube", "Location History (Timeline)": "Location History",
    "Daily activity metrics.csv": "Daily Summaries.csv", "Device Information.json": "Device Information.json",
    "Addresses and more.json": "Autofill.json", "subscriptions.csv": "subscriptions.json",
}
# Verbs of activities and Gmail's system labels, as --localize-content spells them. Inbox, Opened and the place of the verb
# in German were seen in real files; the rest is from memory.
TITLES = {
    "de": {"Searched for": "Nach {} gesucht", "Watched": "{} angesehen", "Visited": "{} aufgerufen", "Used": "{} verwendet",
           "Viewed area around": "Gebiet um {} angesehen"},
    "ja": {"Searched for": "「{}」を検索しました", "Watched": "{} を視聴しました", "Visited": "{} にアクセスしました",
           "Used": "{} を使用しました", "Viewed area around": "{} 周辺のエリアを表示しました"},
}
LABELS = {
    "de": {"Inbox": "Posteingang", "Opened": "Geöffnet", "Unread": "Ungelesen", "Sent": "Gesendet", "Archived": "Archiviert",
           "Spam": "Spam", "Trash": "Papierkorb", "Important": "Wichtig"},
    "ja": {"Inbox": "受信トレイ", "Opened": "開封済み", "Unread": "未読", "Sent": "送信済み", "Archived": "アーカイブ済み", "Spam": "迷惑メール",
           "Trash": "ゴミ箱", "Important": "重要"},
}
CODES = {"en": "en", "english": "en", "de": "de", "german": "de", "ja": "ja", "japanese": "ja"}


def translate(segment, locale, era, *values):
    """The segment in that language with its braces filled; and whether that spelling is from memory."""
    if era == "old":
        segment = OLD_NAMES.get(segment, segment)
    if segment in NAMES and locale != "en":
        text = NAMES[segment][0 if locale == "de" else 1]
        doubtful = segment in FROM_MEMORY_DE if locale == "de" else segment not in SEEN_JA and text != segment
    else:
        text, doubtful = segment, False
    return text.format(*values) if values else text, doubtful


def title(verb, what, locale):
    """The title of an activity; `locale` is None when it stays English."""
    return TITLES[locale][verb].format(what) if locale in TITLES else f"{verb} {what}"


def label(text, locale):
    return LABELS.get(locale, {}).get(text, text)


def header(kind, locale):
    return HEADERS[kind][locale]
