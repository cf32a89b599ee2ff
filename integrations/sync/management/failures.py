"""What a command says when the database or a file could not be used: one sentence, without a secret."""

import errno

from django.db import DataError, Error, IntegrityError

from integrations.security.redact import redact

# What drivers say, and what to do about it; the first that fits.
ADVICE = (
    (("no such table", "no such column", "relation", "column"), "Run: python manage.py migrate"),
    (("not a database", "malformed"), "Put the file back from a backup, or move it away to begin a new one."),
    (("i/o error",), "Check that the disk works and is not full."),
    (("is full", "no space"), "Free some space on the disk. Confirmed data is kept."),
    (("readonly", "read-only"), "Make the file and its folder writable for the user that runs this."),
    (("unable to open",), "Check DATA_DIR or DATABASE_URL, and who may write there."),
    (("locked",), "Another process holds it. Try again in a minute."),
    (("password", "authentication", "role "), "Check user and password in DATABASE_URL."),
    (('database "',), "Create it, or correct DATABASE_URL."),
)


def sentence(error: Exception) -> str | None:
    """What happened and what to do; None for a fault of the program, where a traceback helps."""
    if isinstance(error, Error) and not isinstance(error, IntegrityError | DataError):
        return _of_database(error)
    if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
        return _of_system(error)
    return None


def _of_database(error: Error) -> str:
    said = (str(error).splitlines() or ["no reason given"])[0].strip().rstrip(".")
    told = said.lower()
    known = (advice for words, advice in ADVICE if any(word in told for word in words))
    advice = next(known, "Check DATABASE_URL and that the server runs.")
    return f"The database could not be used: {redact(said)}. {advice}"


def _of_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    advice = (
        "Free some space on the disk."
        if error.errno == errno.ENOSPC
        else "Correct that and run the command again."
    )
    return f"{where}{error.strerror or error}. {advice}"
