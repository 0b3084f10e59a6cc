"""The products, what share of a mixed export each takes, and who writes them."""
from collections import namedtuple

from . import (access_log, activity, calendars, chrome, conversations, files, health, location_records, location_timeline, mail,
               notes, photos, places, purchases, youtube)

Product = namedtuple("Product", "share write about")


def both(*writers):
    def write(export):
        for writer in writers:
            writer(export)
    return write


PRODUCTS = {
    "location": Product(16, both(location_records.write, location_timeline.write),
                        "Location history of four generations, Settings.json, Timeline Edits.json"),
    "activity": Product(10, activity.write, "My Activity: JSON of seven products, HTML of two"),
    "youtube": Product(6, youtube.write, "watch and search history, subscriptions, comments, live chats, playlists, likes"),
    "chrome": Product(4, chrome.write, "history, bookmarks, reading list, search engines, devices, autofill"),
    "mail": Product(25, mail.write, "Gmail as one mbox with threads, labels, attachments"),
    "photos": Product(18, photos.write, "Google Photos with sidecars, albums, edited copies, live photos"),
    "keep": Product(2, notes.write_keep, "Keep notes with lists, labels, attachments, and their HTML copies"),
    "tasks": Product(1, notes.write_tasks, "Tasks"),
    "chat": Product(3, conversations.write_chat, "Google Chat with reactions, attachments, deleted messages"),
    "voice": Product(1, conversations.write_voice, "Google Voice calls and texts"),
    "fit": Product(2, health.write_fit, "Fit daily metrics, quarter hours, sessions, data points, a tcx"),
    "fitbit": Product(3, health.write_fitbit, "Fitbit Global Export and GoogleData csv"),
    "calendar": Product(2, calendars.write_calendar, "Calendars (ics) with recurrence and zones"),
    "contacts": Product(1, calendars.write_contacts, "Contacts (vcf)"),
    "play": Product(1, purchases.write_play, "Play installs"),
    "pay": Product(1, purchases.write_pay, "Google Pay transactions"),
    "access_log": Product(3, access_log.write, "Access log in both layouts"),
    "saved": Product(1, places.write_saved, "Saved lists (csv)"),
    "maps": Product(1, places.write_maps, "Maps places, reviews, labels (GeoJSON)"),
    "drive": Product(4, files.write_drive, "Drive files"),
    "groups": Product(1, files.write_groups, "Groups: members and mbox"),
    "other": Product(1, files.write_other, "unknown products and empty files"),
}


def shares(chosen):
    """Each chosen product's part of the size."""
    whole = sum(PRODUCTS[name].share for name in chosen)
    return {name: PRODUCTS[name].share / whole for name in chosen}
