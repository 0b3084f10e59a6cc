"""My Activity as JSON and as HTML. Of the product Search both forms are there, of Video Search the HTML alone."""
import html

from . import locales, odd_values, times
from .pretty import pretty

PRODUCT = "activity"
START, END = times.at(2016, 1, 1), times.at(2024, 4, 25)
JSON_PRODUCTS = ("Search", "Chrome", "Maps", "Discover", "Ads", "YouTube", "Image Search")
HTML_PRODUCT, TWICE = "Video Search", "Search"
HEAD = ('<html><head><title>My Activity History</title><style type="text/css">\nbody {\n  padding: 5px;\n}\n</style></head>'
        '<body><div class="mdl-grid">')
TAIL = "</div></body></html>"
LABELS = {"en": ("Products:", "Locations:", "Details:"), "de": ("Produkte:", "Standorte:", "Details:"),
          "ja": ("プロダクト:", "場所:", "詳細:")}
BROKEN = (('{"header": "Search", "title": bad, "time": "2020-01-01T00:00:00.000Z"}', "syntax"), ("42", "shape"),
          ('{"header": "Search", "title": "Searched for nothing"}', "no time"))


def entry_of(product, item, locale=None):
    """The JSON element of an item; members appear in the order Google writes them."""
    dice, entry = item.dice(), {}
    what = dice.words(3)
    verb = {"Search": "Searched for", "Image Search": "Searched for", "Video Search": "Watched", "Chrome": "Visited",
            "YouTube": "Watched", "Maps": "Viewed area around"}.get(product, "Used")
    if not (product == "Chrome" and item.number % 31 == 0):  # "Visited view-source:" has no header
        entry["header"] = product
    entry["title"] = locales.title(verb, what, locale)
    if product != "Discover":
        entry["titleUrl"] = f"https://www.google.com/search?q={what.replace(' ', '+')}&n={item.number}"
    if dice.chance(20):
        entry["subtitles"] = [{"name": dice.words(2)}, {"name": dice.words(1), "url": "https://example.com/s"}]
    entry["time"] = times.iso(item.ts)
    entry["products"] = [product]
    if product == "Ads" or dice.chance(5):
        entry["details"] = [{"name": "From Google Ads"}]
    if dice.chance(10):
        entry["activityControls"] = ["Web & App Activity"]
    if dice.chance(12):
        entry["locationInfos"] = [{"name": "At this general area", "url": "https://www.google.com/maps/@?api=1&map_action=map"
                                   f"&center=52.{dice.below(999999):06d},13.{dice.below(999999):06d}&zoom=12",
                                   "source": "From your device", "sourceUrl": "https://support.google.com/maps/answer/6258979"}]
    return entry


def key_of(entry, ts, product):
    return (ts, product, entry["title"], entry.get("titleUrl", ""))


def write_json(export, product, count):
    with export.file(PRODUCT, "activity_json", ["My Activity", product, "MyActivity.json"],
                     size_max=export.options.size) as file:
        file.write("[")
        if product == TWICE and "odd-values" in export.damage:
            odd_values.write_activities(file)
        for number, item in enumerate(newest_first(export, product, count)):
            if number:
                file.write(",")
            if export.is_malformed(number):
                for text, reason in BROKEN:
                    file.write(text + ",")
                    file.reject(reason)
            entry = entry_of(product, item, export.content_locale)
            text = pretty(entry, 2, False)
            file.write(text.replace("=", "\\u003d").replace("&", "\\u0026"))
            file.element()
            file.row("activity", key_of(entry, item.ts, product), (item.ts,), "format = 'json'")
        file.write("]")


def newest_first(export, product, count):
    """Google writes the newest first. Whole exports are too long to turn, so blocks of a thousand are turned."""
    block = []
    for item in export.items(f"activity_{product}", count, START, END):
        block.append(item)
        if len(block) == 1000:
            yield from reversed(block)
            block = []
    yield from reversed(block)


TITLE_FORMS = [(f"{verb} ", "") for verb in locales.TITLES["de"]] + \
    [tuple(form.split("{}")) for forms in locales.TITLES.values() for form in forms.values()]


def entry_words(title):
    """The object of a title in any of the languages."""
    for before, after in TITLE_FORMS:
        if title.startswith(before) and title.endswith(after):
            return title[len(before):len(title) - len(after)]
    return title


def cell(entry, item, locale, zone, stamp):
    """One outer-cell. The caption's labels in German and Japanese are from memory."""
    title, escape = entry["title"], html.escape
    products, locations, details = LABELS[locale]
    link = entry.get("titleUrl")
    what = entry_words(title)
    body = escape(title)
    if link:  # the link is the object of the verb, wherever the language puts that
        before, _, after = title.partition(what)
        body = f'{escape(before.rstrip())}{"&nbsp;" if before.endswith(" ") else ""}<a href="{escape(link)}">{escape(what)}</a>{escape(after)}'
    for sub in entry.get("subtitles", ()):
        body += f'<br><a href="{sub["url"]}">{escape(sub["name"])}</a>' if "url" in sub else f"<br>{escape(sub['name'])}"
    caption = f"<b>{products}</b><br>&emsp;{escape(entry['products'][0])}<br>"
    if "details" in entry:
        caption += f"<b>{details}</b><br>&emsp;From Google Ads<br>"
    for info in entry.get("locationInfos", ()):
        point = info["url"].partition("center=")[2].partition("&")[0]
        caption += f'<b>{locations}</b><br>&emsp;<a href="https://google.com/maps?q={point}">{info["name"]}</a> - From your device<br>'
    date = times.html_date(item.ts, locale, zone, stamp)
    return ('<div class="outer-cell mdl-cell mdl-cell--12-col mdl-shadow--2dp"><div class="mdl-grid">'
            '<div class="header-cell mdl-cell mdl-cell--12-col"><p class="mdl-typography--title">'
            f'{escape(entry.get("header", ""))}<br></p></div>'
            f'<div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1">{body}<br>{date}</div>'
            '<div class="content-cell mdl-cell mdl-cell--6-col mdl-typography--body-1 mdl-typography--text-right"></div>'
            f'<div class="content-cell mdl-cell mdl-cell--12-col mdl-typography--caption">{caption}</div></div></div>')


def write_html(export, product, count, only_here):
    """A single line, as Google writes it. Dates carry the account's offset at the time of the export."""
    with open_page(export, PRODUCT, "activity_html", ["My Activity", product, "MyActivity.html"]) as file:
        for item in newest_first(export, product, count):
            if not only_here and item.number % 2:
                continue
            entry = entry_of(product, item, export.content_locale)
            write_cell(export, file, entry, item)
            file.element()
            ts = times.floor_second(item.ts) if only_here else item.ts
            file.row("activity", key_of(entry, ts, product), (ts,), "format = 'html'" if only_here else "format = 'json'")
        file.write(TAIL)


def open_page(export, product, kind, segments):
    told = {} if export.locale == "en" else {"from_memory": True}
    file = export.file(product, kind, segments, size_max=export.options.size, **told)
    file.write(HEAD)
    return file


def write_cell(export, file, entry, item):
    file.write(cell(entry, item, export.locale, None if export.is_old else export.zone, export.stamp))


def write(export):
    for product in JSON_PRODUCTS:
        count = export.count(PRODUCT, {"Search": 0.25, "Chrome": 0.25}.get(product, 0.05), 430)
        if export.options.html:
            write_html(export, product, count, True)
        else:
            write_json(export, product, count)
        if product == TWICE and not export.options.html:
            write_html(export, product, count, False)
    write_html(export, HTML_PRODUCT, export.count(PRODUCT, 0.12, 760), True)
