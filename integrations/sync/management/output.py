"""Where a command writes what it exports: standard output, or a file that is there whole or not at all."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

STDOUT = Path("-")


@contextmanager
def writing_to(target: Path, stdout: Callable[[str], object]) -> Iterator[Callable[[str], object]]:
    """What to hand each piece to. Raises OSError where the target cannot be written."""
    if target == STDOUT:
        yield stdout
    elif target.exists() and not target.is_file():  # a pipe or a device keeps nothing that could be half there
        with target.open("w", encoding="utf-8") as file:
            yield file.write
    else:
        with _moved_into_place(target) as write:
            yield write


@contextmanager
def _moved_into_place(target: Path) -> Iterator[Callable[[str], object]]:
    """Written beside it, so that a failure leaves the earlier file as it was. A link still leads where it did."""
    final = target.resolve()
    draft = final.with_name(f".{final.name}.{os.getpid()}")
    try:
        file = draft.open("x", encoding="utf-8")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error  # nobody asked for the draft's name
    try:
        with file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())  # or a power cut could keep the new name without the words
        if final.exists():
            shutil.copymode(final, draft)
        draft.replace(final)
    finally:
        draft.unlink(missing_ok=True)
