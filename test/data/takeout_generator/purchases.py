"""Google Play installs and Google Pay transactions."""
import json

from . import times
from .pretty import pretty
from .youtube import csv_line

PLAY, PAY = "play", "pay"
START, END = times.at(2016, 1, 1), times.at(2024, 4, 25)
DEVICES = (("SM-S901E", "samsung"), ("Pixel 8", "Google"), ("unknown", "unknown"))
CURRENCIES = ("CHF", "EUR", "USD")


def write_play(export):
    with export.file(PLAY, "play_installs", ["Google Play Store", "Installs.json"]) as file:
        file.write("[")
        for at, item in enumerate(export.items("install", export.count(PLAY, 0.9, 420, most=50000), START, END)):
            dice, first = item.dice(), item.ts + item.dice("micros").below(1000)
            model, maker = dice.pick(DEVICES)
            title, updated = f"{dice.words(2)} {item.number}", first + times.DAY + item.version * times.HOUR
            device = f"{maker} {model}"
            file.write((", " if at else "") + pretty({"install": {
                "doc": {"documentType": "Android Apps", "title": title}, "firstInstallationTime": times.iso(first, 6),
                "deviceAttribute": {"model": model, "carrier": "Vodafone", "manufacturer": maker, "deviceDisplayName": device},
                "lastUpdateTime": times.iso(updated, 6)}}, 2, False))
            file.element()
            file.row("play_install", (title, device, first), (updated,))
        file.write("]")
    for name in ("Library.json", "Purchase History.json", "Devices.json"):
        with export.file(PLAY, "play_other", ["Google Play Store", name], state="generic", from_memory=True) as file:
            rows = [{"purchaseHistory": {"invoicePrice": "€4,99", "purchaseTime": times.iso(START, 0)}}] if "Hist" in name else []
            file.write(json.dumps(rows))
            for idx in range(len(rows)):
                file.element()
                file.row("raw_json", ("Google Play Store", export.path(["Google Play Store", name])[0], idx))


def write_pay(export):
    """The transaction's columns were seen in files; their dates here are the English ones, always in UTC."""
    folder = ["Google Pay", "Google transactions"]
    with export.file(PAY, "pay_transactions", [*folder, f"transactions_{export.dice('pay').below(10**12)}.csv"]) as file:
        file.write("Time,Transaction ID,Description,Product,Payment Method,Status,Amount\n")
        for item in export.items("pay", export.count(PAY, 1, 130, most=100000), START, END):
            dice, ts = item.dice(), item.ts // times.MINUTE * times.MINUTE
            moment, minor = times.when(ts), 50 + dice.below(100000)
            clock, half = times.twelve(moment)
            date = f"{times.MONTHS[moment.month - 1]} {moment.day}, {moment.year}, {clock.rpartition(':')[0]}\u202f{half}"
            name = f"GPA.{dice.below(10000):04d}-{dice.below(10000):04d}-{dice.below(10000):04d}-{item.number:05d}"
            status = "Complete" if item.version == 0 else "Refunded"
            file.write(csv_line([date, name, f"{dice.words(3)}", "Google Play Apps", f"Visa-{dice.below(10000):04d}", status,
                                 f"{dice.pick(CURRENCIES)} {minor // 100}.{minor % 100:02d}"]))
            file.element()
            file.row("pay_transaction", (name,), (ts, minor), text=status)
