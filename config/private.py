"""Keeps DATA_DIR to its owner: the folder is nobody else's, and what is in it nobody else can read."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Parts of the program beside DATA_DIR's default place; static/ would even be handed out to visitors.
PROGRAM = ("config", "contacts_ui", "integrations", "templates", "static", "tests", ".git", ".venv")
SYSTEM = (
    *("bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin"),
    *("srv", "sys", "tmp", "usr", "var", "usr/bin", "usr/lib", "usr/local", "usr/share", "var/cache", "var/lib"),
    *("var/log", "var/mail", "var/spool", "var/tmp", "var/run", "Users", "Library", "System", "Applications"),
)


def folder_of_its_own(given: Path, program: Path) -> Path:
    """DATA_DIR, resolved, created where it is missing, private together with the files directly in it.

    `program` is the folder of the source code. Called by every process at start, so it looks no deeper.
    Raises ImproperlyConfigured where the folder cannot be used or belongs to more than this installation.
    """
    # For all that comes later: SQLite's log, broker files, exports.
    os.umask(OTHERS)
    try:
        path = given.expanduser().resolve()
        refuse_shared(path, program.resolve())
        folder(path)
        close(path)
        _close_all(path, (entry.name for entry in os.scandir(path)))
        if not os.access(path, os.W_OK | os.X_OK, effective_ids=os.access in os.supports_effective_ids):
            raise PermissionError(0, "it cannot be written to", str(path))
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        place = getattr(error, "filename", None) or given
        raise ImproperlyConfigured(
            f"DATA_DIR {given} cannot be used ({place}: {reason}). Correct it, or set DATA_DIR to another folder."
        ) from error
    return path


def folder(path: Path) -> Path:
    """Create a folder that only its owner may enter, and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def close_everything(path: Path) -> None:
    """Make whatever is in DATA_DIR private, however deep; links are left alone, as is what they lead to."""
    try:
        for place, folders, files in os.walk(path):
            _close_all(Path(place), [*folders, *files])
    except OSError as error:
        raise ImproperlyConfigured(
            f"{error.filename} in DATA_DIR cannot be made private ({error.strerror}). "
            "Make the user that runs Throughline its owner, or delete it."
        ) from error


def refuse_shared(path: Path, program: Path) -> None:
    """Raise ImproperlyConfigured for a folder that others need as well: made private, it would lock them out."""
    home = Path.home().resolve()
    shared = {*(Path("/", name) for name in SYSTEM), program, *program.parents, home, *home.parents}
    parts = path.relative_to(program).parts if path.is_relative_to(program) else ()
    in_program = bool(parts) and parts[0] in PROGRAM
    if path in shared or in_program or _is_open_to_all(path):
        better = program / "var" if in_program else path / "throughline"
        raise ImproperlyConfigured(
            f"DATA_DIR {path} holds more than this installation's data. "
            f"Choose a separate folder, such as {better}."
        )


def _is_open_to_all(path: Path) -> bool:
    """Whether it is a folder like /tmp, in which every user keeps files."""
    return path.is_dir() and bool(path.stat().st_mode & stat.S_ISVTX)


def _close_all(place: Path, names: Iterable[str]) -> None:
    for name in names:
        close(place / name)


def close(path: Path) -> None:
    """Take the rights of group and others away; the owner's stay, such as that of running a file."""
    try:
        found = path.lstat()
        is_private = found.st_uid == os.geteuid() and not found.st_mode & OTHERS
        if is_private or stat.S_ISLNK(found.st_mode):
            return
        if found.st_uid != os.geteuid():
            raise PermissionError(0, "it belongs to another user", str(path))
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
        if path.lstat().st_mode & OTHERS:
            raise PermissionError(0, "its file system does not keep permissions", str(path))
    except FileNotFoundError:
        # Journals, messages and drafts come and go while other processes work.
        return
