"""The products, what share of a mixed export each takes, and who writes them."""
from collections import namedtuple

from . import activity, chrome, location_records, location_timeline, youtube

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
}


def shares(chosen):
    """Each chosen product's part of the size."""
    whole = sum(PRODUCTS[name].share for name in chosen)
    return {name: PRODUCTS[name].share / whole for name in chosen}
