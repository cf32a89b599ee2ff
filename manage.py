#!/usr/bin/env python
"""Runs Throughline's management commands; failures are one sentence unless --traceback asks for more."""

import atexit
import gc
import os
import sys


def main() -> None:
    """Hand the arguments to Django; what cannot be used ends with exit status 1 and one sentence."""
    # On its way out Python looks through all that was loaded for garbage: a third of a short command.
    atexit.register(gc.freeze)
    open_streams()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        run_and_flush()
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    except BrokenPipeError:
        leave_output()  # whoever read it has enough, as `| head` does
        sys.exit(1)
    except Exception as error:
        leave_output()
        said = sentence(error)
        if said is None or "--traceback" in sys.argv:
            raise
        sys.exit(said)


def open_streams() -> None:
    """Some that start commands close the streams they have no use for: nothing is read or written there."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115  for as long as the process lives


def run_and_flush() -> None:
    """What is still to be printed fails here, where it is told, and not while Python ends."""
    try:
        run()
    finally:
        sys.stdout.flush()


def leave_output() -> None:
    """Nothing more may be written there at the end: it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run() -> None:
    """The command itself; `migrate` first closes what older versions left readable in DATA_DIR."""
    from django.conf import settings
    from django.core.management import BaseCommand, CommandError, ManagementUtility

    CommandError.__name__ = "Error"  # Django puts this name in front of the sentence

    if sys.argv[1:2] == ["migrate"]:
        from config.private import close_everything

        close_everything(settings.DATA_DIR)
        refuse_former()

    class Commands(ManagementUtility):
        def fetch_command(self, subcommand: str) -> BaseCommand:
            """An unknown command is wrong use, as an unknown option is."""
            try:
                return super().fetch_command(subcommand)
            except SystemExit as unknown:
                raise SystemExit(2) from unknown

    Commands(sys.argv).execute()


def refuse_former() -> None:
    """Stop before a database of an earlier version is changed halfway."""
    import django

    django.setup()
    from config import former

    former.refuse()


def sentence(error: Exception) -> str | None:
    """What to say of a failure that is none of the program's own; None where a traceback helps."""
    from django.core.exceptions import ImproperlyConfigured

    from integrations.sync.management import failures

    if isinstance(error, ImproperlyConfigured):
        return f"Configuration error: {error}"
    return failures.sentence(error)


if __name__ == "__main__":
    main()
