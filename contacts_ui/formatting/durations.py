"""Puts lengths of time into words: how long a run took, how long it will still take. Pure."""

from datetime import datetime

MINUTE = 60
HOUR = 3600


def spelled(seconds: float) -> str:
    """ "0.6 s", "12 s", "2 min 5 s", "1 h 12 min": as exact as a reader can use; never negative."""
    seconds = max(0.0, seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        minutes, rest = divmod(whole, MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole, HOUR)
    return f"{hours} h {rest // MINUTE} min"


def left(seconds: float) -> str:
    """What remains, rounded like a guess, because it is one: "About 2 min left"."""
    if seconds < 5:
        return "A few seconds left"
    if seconds < 55:
        return f"About {round(seconds / 5) * 5} s left"
    if seconds < 55 * MINUTE:
        return f"About {max(1, round(seconds / MINUTE))} min left"
    return f"About {max(1, round(seconds / HOUR))} h left"


def since(moment: datetime, now: datetime) -> str:
    """The hour of a past moment, with its day unless that is today: "07:41", "Tue 07:41", "3 Sep, 07:41".

    Both moments in the reader's zone.
    """
    days = (now.date() - moment.date()).days
    if days == 0:
        return f"{moment:%H:%M}"
    if days < 7:
        return f"{moment:%a %H:%M}"
    year = "" if moment.year == now.year else f" {moment.year}"
    return f"{moment.day} {moment:%b}{year}, {moment:%H:%M}"
