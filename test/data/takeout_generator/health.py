"""Fit and Fitbit. Only the daily and quarter-hour metrics of Fit were seen in real files; its sessions and data points are
from memory. Metric and source names are chosen here; values are thousandths."""
import json

from . import times
from .dice import Dice
from .locales import header
from .location_records import place
from .pretty import pretty

FIT, FITBIT = "fit", "fitbit"
START, END = times.at(2019, 1, 1), times.at(2024, 4, 20)
DAILY = ("Move Minutes count", "Calories (kcal)", "Distance (m)", "Heart Points", "Average heart rate (bpm)", "Step count")
BINS = DAILY[:4] + DAILY[5:]
BIN_FILES = 4
FIT_OFFSET = 60  # of the phone, in every locale
QUARTER = 15 * times.MINUTE


def whole(milli):
    """A number of thousandths in decimal notation."""
    text = f"{milli // 1000}.{milli % 1000:03d}".rstrip("0")
    return text.rstrip(".")


def days_of(export, name, count):
    """Whole days that two exports share: number and first microsecond."""
    shift = export.shift(count)
    for number in range(export.index * shift, export.index * shift + count):
        yield number, START + number % 1900 * times.DAY, Dice(export.options.seed, name, number)


def write_daily(export):
    """A cell may be empty: nothing was measured, and there is no row."""
    count = export.count(FIT, 0.2, 60, most=600)
    with export.file(FIT, "fit_daily", ["Fit", "Daily activity metrics", "Daily activity metrics.csv"]) as file:
        file.write(header("fit_daily", export.locale) + "\n")
        for _, start, dice in days_of(export, "fit day", count):
            day, cells = f"{times.when(start):%Y-%m-%d}", []
            for metric in DAILY:
                value = None if dice.chance(15) else dice.below(9_000_000) if "(" in metric else dice.below(9000) * 1000
                cells.append("" if value is None else whole(value))
                if value is not None:
                    file.row("daily_metric", (day, metric, ), (value,))
            file.write(",".join([day, *cells]) + "\n")
            file.element()


def write_bins(export):
    """One file a day, quarter hours with an offset; the day's sums are not those of the daily file."""
    count = export.count(FIT, 0.4, 96 * 75, least=BIN_FILES, most=600)
    for _, start, dice in days_of(export, "fit bins", count):
        day = f"{times.when(start):%Y-%m-%d}"
        with export.file(FIT, "fit_bins", ["Fit", "Daily activity metrics", f"{day}.csv"]) as file:
            file.write(header("fit_bins", export.locale) + "\n")
            for slot in range(96):
                begin, cells = start - FIT_OFFSET * times.MINUTE + slot * QUARTER, []
                for metric in BINS:
                    value = None if dice.chance(40) else dice.below(900) * 1000
                    cells.append("" if value is None else whole(value))
                    if value is not None:
                        file.row("health_sample", (metric, "fit", begin, begin + QUARTER), (begin, value), "fit quarter hours")
                clock = [times.iso_offset(ts, FIT_OFFSET)[11:] for ts in (begin, begin + QUARTER)]
                # The date stands in the file's name; the clock is local.
                file.write(",".join([*clock, *cells]) + "\n")
                file.element()


def write_sessions(export):
    count = export.count(FIT, 0.1, 520, most=500)
    for item in export.items("fit session", count, START, END):
        dice, start = item.dice(), item.ts
        end, kind = start + (10 + dice.below(50)) * times.MINUTE, dice.pick(("walking", "biking", "running"))
        name = f"{times.iso_offset(start, 120).replace(':', '_')}_{kind.upper()}.json"
        with export.file(FIT, "fit_session", ["Fit", "All Sessions", name], from_memory=True, alternatives=("generic",)) as file:
            json.dump({"fitnessActivity": kind, "startTime": times.iso(start), "endTime": times.iso(end),
                       "duration": f"{(end - start) // times.SECOND}s",
                       "segment": [{"fitnessActivity": kind, "startTime": times.iso(start), "endTime": times.iso(end)}],
                       "aggregate": [{"metricName": "com.google.step_count.delta", "intValue": dice.below(5000)}]}, file, indent=2)
            file.element()
            file.row("workout", (start, end, kind), (start, end))


def write_points(export):
    """Raw, derived and merged streams tell of the same steps."""
    count = export.count(FIT, 0.08, 420, most=100000)
    for source in ("raw:com.google.step_count.delta:com.example.app:Maker:Phone:0:",
                   "derived:com.google.step_count.delta:com.google.android.gms:merge_step_deltas"):
        name = source.replace(":", "_")[:50] + ".json"
        with export.file(FIT, "fit_data", ["Fit", "All Data", name], from_memory=True, alternatives=("generic",)) as file:
            file.write('{\n  "Data Source": ' + json.dumps(source) + ',\n  "Data Points": [')
            for at, item in enumerate(export.items("fit steps", count, START, END)):
                steps, end = 1 + item.dice().below(200), item.ts + times.MINUTE
                file.write(("," if at else "") + pretty({
                    "fitValue": [{"value": {"intVal": steps}}], "originDataSourceId": "", "endTimeNanos": end * 1000,
                    "dataTypeName": "com.google.step_count.delta", "startTimeNanos": item.ts * 1000,
                    "modifiedTimeMillis": end // 1000, "rawTimestampNanos": 0}, 2))
                file.element()
                file.row("health_sample", ("com.google.step_count.delta", source, item.ts, end), (item.ts, steps * 1000),
                         "fit data points")
            file.write("]\n}\n")


def write_track(export):
    """A tcx, named by start, length and localized activity."""
    start = times.at(2019, 8, 12, 5, 14, 8)
    name = "2019-08-12T07_14_08+02_00_PT14M3S_Gehen.tcx"
    with export.file(FIT, "tcx", ["Fit", "Activities", name]) as file:
        file.write('<?xml version="1.0" encoding="UTF-8"?>\n<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/'
                   f'TrainingCenterDatabase/v2"><Activities><Activity Sport="Other"><Id>{times.iso(start)}</Id><Lap><Track>\n')
        for step in range(20):
            lat, lon = place(step)
            ts = start + step * times.MINUTE
            file.write(f"<Trackpoint><Time>{times.iso(ts)}</Time><Position><LatitudeDegrees>{lat / 1e7:.7f}</LatitudeDegrees>"
                       f"<LongitudeDegrees>{lon / 1e7:.7f}</LongitudeDegrees></Position></Trackpoint>\n")
            file.element()
            file.row("location_point", (ts, lat, lon, None, "tcx"), (ts, lat, lon, None, None), "from tcx")
        file.write("</Track></Lap></Activity></Activities></TrainingCenterDatabase>\n")


def write_fit(export):
    write_daily(export)
    write_bins(export)
    write_sessions(export)
    write_points(export)
    write_track(export)


def sample(file, metric, ts, milli, family, source="fitbit"):
    file.element()
    file.row("health_sample", (metric, source, ts, ts), (ts, milli), family)


def local_times(start, count, dice, step):
    """Times of one day from eight in the morning on, in UTC: never in an hour that the clock repeats."""
    return [start + 8 * times.HOUR + number * step + dice.below(4) * times.SECOND for number in range(count)]


def write_fitbit_day(export, start, dice, points):
    day = f"{times.when(start):%Y-%m-%d}"
    for metric, stem in (("heart_rate", "heart_rate"), ("steps", "steps"), ("distance", "distance")):
        with export.file(FITBIT, "fitbit_json", ["Fitbit", "Global Export Data", f"{stem}-{day}.json"]) as file:
            lines = []
            for ts in local_times(start, points, dice, 12 * times.HOUR // points // times.MINUTE * times.MINUTE):
                value = 50 + dice.below(100)
                lines.append({"dateTime": times.fitbit_date(ts, export.zone),
                              "value": {"bpm": value, "confidence": dice.below(4)} if metric == "heart_rate" else str(value)})
                sample(file, metric, ts, value * 1000, "fitbit json")
            json.dump(lines, file, indent=1)
    with export.file(FITBIT, "fitbit_json", ["Fitbit", "Global Export Data", f"resting_heart_rate-{day}.json"]) as file:
        value = 50 + dice.below(20)
        json.dump([{"dateTime": times.fitbit_date(start + 12 * times.HOUR, export.zone), "value": {
            "date": f"{times.when(start):%m/%d/%y}", "value": float(value), "error": 6.5}}], file, indent=1)
        sample(file, "resting_heart_rate", start + 12 * times.HOUR, value * 1000, "fitbit json")
    with export.file(FITBIT, "fitbit_csv", ["Fitbit", "Physical Activity_GoogleData", f"heart_rate_{day}.csv"]) as file:
        file.write("timestamp,beats per minute,data source\n")
        for ts in local_times(start, points, dice, times.MINUTE):
            value = 50 + dice.below(100)
            file.write(f"{times.iso(ts, 0)},{value}.0,Charge 5\n")
            sample(file, "heart_rate", ts, value * 1000, "fitbit csv", "Charge 5")


def local_iso(ts, zone):
    """As Fitbit writes the times of a night: the clock's, without a zone."""
    date = times.fitbit_date(ts, zone)
    return f"20{date[6:8]}-{date[0:2]}-{date[3:5]}T{date[9:]}.000"


def write_sleep(export, start, number):
    """A nap in the afternoon, where no clock repeats an hour."""
    begin, log_id = start + 13 * times.HOUR, 30_000_000_000 + number
    end, half = begin + times.HOUR, 30 * times.MINUTE
    with export.file(FITBIT, "fitbit_sleep", ["Fitbit", "Global Export Data", f"sleep-{times.when(start):%Y-%m-%d}.json"]) as file:
        json.dump([{"logId": log_id, "dateOfSleep": f"{times.when(end):%Y-%m-%d}", "startTime": local_iso(begin, export.zone),
                    "endTime": local_iso(end, export.zone), "duration": 3600000, "minutesAsleep": 50, "minutesAwake": 10, "type": "stages",
                    "mainSleep": False, "levels": {"summary": {"light": {"minutes": 30}}, "data": [
                        {"dateTime": local_iso(begin + step * half, export.zone), "level": level, "seconds": 1800}
                        for step, level in enumerate(("light", "rem"))]}}], file, indent=1)
        file.element()
        file.row("sleep_session", (begin, log_id), (begin, end, 50))
        for step, level in enumerate(("light", "rem")):
            file.row("sleep_stage", (begin + step * half, log_id, level), (begin + step * half, 1800))


def write_fitbit(export):
    """Local times without a zone: Profile.csv has it."""
    days = export.count(FITBIT, 0.01, 1000, least=4, most=600)
    points = max(20, min(700, int(export.budget(FITBIT) / days / 290)))
    for number, start, dice in days_of(export, "fitbit", days):
        write_fitbit_day(export, start, dice, points)
        write_sleep(export, start, number)
    with export.file(FITBIT, "fitbit_profile", ["Fitbit", "Your Profile", "Profile.csv"], alternatives=("generic",),
                     from_memory=True) as file:
        file.write(f"id,full_name,timezone,locale\nABC123,Ada Berg,{export.zone},en_GB\n")
