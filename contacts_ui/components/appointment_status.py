"""What an appointment's status means to people: a word, an icon and a tone. Unknown ones show as they are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AppointmentStatus:
    """`tone` is the badge's colour: ok, warn, error, accent, or nothing for plain.

    `verb` fits "<owner> ... <contact>", `end` fits "Meeting with <contact> ...".
    """

    word: str
    icon: str
    tone: str = ""
    verb: str = ""
    end: str = ""


# The provider's words as its API lists them; it may add more at any time.
KNOWN = {
    "new": AppointmentStatus("New", "calendar", "accent"),
    "confirmed": AppointmentStatus("Confirmed", "check", "ok"),
    "active": AppointmentStatus("Active", "calendar", "accent"),
    "showed": AppointmentStatus("Showed", "check", "ok", "met"),
    "completed": AppointmentStatus("Completed", "check", "ok", "met"),
    "cancelled": AppointmentStatus("Cancelled", "x", end="cancelled"),
    "noshow": AppointmentStatus("No show", "x", "error", "waited for"),
    "invalid": AppointmentStatus("Invalid", "circle-alert", "warn"),
}


# What a meeting is called before it takes place. One that is over has not been told how it went.
BEFORE = ("", "new", "confirmed", "active")
NO_OUTCOME = AppointmentStatus("No outcome yet", "clock-alert", "warn")
# Such a badge for a message that goes out at a set time.
SCHEDULED = AppointmentStatus("Scheduled", "clock", "accent")


def status_of(word: str, *, is_over: bool = False) -> AppointmentStatus | None:
    """The status in words; a word we do not know is shown as sent; None when there is none."""
    if is_over and word.lower() in BEFORE:
        return NO_OUTCOME
    if not word:
        return None
    spelled = word.replace("_", " ").replace("-", " ").strip().capitalize()
    return KNOWN.get(word.lower(), AppointmentStatus(spelled, "info"))
