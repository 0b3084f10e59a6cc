"""Access log activity: every use of a service, with true duplicates, in the layouts of 13 and of 16 columns."""
from . import times
from .youtube import csv_line

PRODUCT = "access_log"
START, END = times.at(2024, 1, 1), times.at(2024, 4, 28)
OLD = ("Gaia ID,Activity Timestamp,IP Address,Proxied Host IP Address,Is Non-routable IP Address,Activity Country,Activity Region,"
       "Activity City,User Agent String,Product Name,Sub-Product Name,Activity Type,Gmail Access Channel")
NEW = ("Gaia ID,Activity Timestamp,IP Address,Proxied Host IP Address,Is Non-routable IP Address,Activity Country,Activity Region,"
       "Activity City,User Agent String,Product Name,Sub-Product Name,Referer Product Name,Referer Sub-Product Name,Activity Type,"
       "Gmail Access Channel,Android Webview Package Name")
SERVICES = (("Gmail", "Gmail Web"), ("YouTube", "Main App"), ("Chrome", "Chrome Sync"), ("Search", "Web Search"))
GAIA = "108000000000000000042"


def line_of(item, new):
    """(columns, ip, product, kind)"""
    dice = item.dice()
    (product, part), kind = dice.pick(SERVICES), dice.pick(("Login", "Other", "Transport"))
    ip = f"2001:db8::{dice.below(65536):x}" if dice.chance(30) else f"192.0.2.{dice.below(256)}"
    stamp = f"{times.when(item.ts):%Y-%m-%d %H:%M:%S UTC}"
    head = [GAIA, stamp, ip, "", "False", "DE", "Berlin", "Berlin", f"Mozilla/5.0 (X11; Linux), rv:{60 * new + dice.below(60)}", product, part]
    return head + (["", "", kind, "", ""] if new else [kind, ""]), ip, product, kind


def write(export):
    """Times have whole seconds. A line in fifty stands two or three times: that many events of one second."""
    count = export.count(PRODUCT, 0.96 / 2, 165)
    name = "Activities - A list of Google services accessed by.csv"
    for new, file_name in ((False, name), (True, f"2_{name}")):
        told = {"note": "The exact text of the header line is from memory.", "from_memory": True}
        with export.file(PRODUCT, "access_log", ["Access log activity", file_name], size_max=export.options.size, **told) as file:
            file.write((NEW if new else OLD) + "\n")
            for item in export.items(f"access {new}", count, START, END):
                columns, ip, product, kind = line_of(item, new)
                times_there = 1 + (item.number % 50 == 21) + (item.number % 100 == 21)
                text = csv_line(columns)
                for _ in range(times_there):
                    file.write(text)
                    file.element()
                ts = times.floor_second(item.ts)
                file.row("access_log", (ts, ip, product, kind, columns[8]), (ts, times_there), f"{16 if new else 13} columns")
    with export.file(PRODUCT, "access_devices", ["Access log activity", "Devices - A list of devices (i.e. Nest, Pixel, iPh.csv"],
                     from_memory=True) as file:
        file.write("Gaia ID,Device Type,Brand Name,Marketing Name,OS,OS Version,Device Model,User Given Name,Device Last Location\n")
        for number in range(3):
            file.write(csv_line([GAIA, "MOBILE", "Google", f"Pixel {number}", "ANDROID", "14", f"model {number}", "",
                                 "Country ISO: DE,\n Time: 2024-04-01 10:00:00 UTC"]))
            file.element()
            file.row("access_device", (GAIA, f"model {number}"))
