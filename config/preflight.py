"""What is looked at before `make run` starts anything: settings, the folder, ports and the database."""

import errno
import fcntl
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import Error, connection

from config import demo, env, former
from integrations.security import strength
from integrations.sync.management import failures

DEFAULT_PORT = 8000
LOCK = "supervisor.lock"


def port() -> int:
    """The port of the web server."""
    return env.integer("PORT", DEFAULT_PORT, least=1, most=env.LARGEST_PORT)


def prepare() -> int:
    """Claim DATA_DIR for this process and return its lock, open as long as the process lives.

    Raises ImproperlyConfigured with a sentence for each reason why nothing may start.
    """
    django.setup()
    lock = claim(settings.DATA_DIR, f"process {os.getpid()} on port {port()}")
    if found := [*port_faults(), *database_faults()]:
        raise ImproperlyConfigured("\n".join(found))
    serious = [message for message in run_checks() if message.is_serious()]
    if serious:
        raise ImproperlyConfigured("\n".join(f"{found.msg} {found.hint or ''}".strip() for found in serious))
    return lock


def claim(folder: Path, holder: str) -> int:
    """Lock a data folder until this process ends, killed or not; `holder` is what others are told.

    Two supervisors on one database would each connect the demo, and each break the other's tokens.
    """
    path = folder / LOCK
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock, 0)
        os.write(lock, holder.encode())
    except BlockingIOError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR {folder} is in use: Throughline already runs there ({path.read_text() or 'just started'}). "
            "Stop that one first, or set DATA_DIR to another folder."
        ) from error
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be locked ({error.strerror}). Set DATA_DIR to a folder on a local disk with room."
        ) from error
    return lock


def port_faults() -> Iterator[str]:
    """Why the ports of this start cannot be used, a sentence each."""
    if found := port_fault("PORT", port()):
        yield found
    if not demo.wanted():
        return
    sandbox = demo.sandbox_port()
    demo.sandbox_contacts()  # refused here, before anything is started
    if sandbox == port():
        yield f"SANDBOX_PORT {sandbox} is also PORT. Set one of them to another port."
    elif sandbox and (found := port_fault("SANDBOX_PORT", sandbox)):
        yield found


def port_fault(name: str, number: int) -> str:
    """Why nobody can listen on this port of the loopback address; empty when it is free."""
    with socket.socket() as probe:
        # Connections that were closed a moment ago are no listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except PermissionError:
            return f"{name} {number} is reserved for administrators. Set {name} to 1024 or above."
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return f"{name} {number} cannot be used ({error.strerror}). Set {name} to another port."
            # Granian would share it with whoever listens there, and each request would reach one or the other.
            return (
                f"{name} {number} is in use by another program. Stop that program, or set {name} to a free port."
            )
    return ""


def database_faults() -> Iterator[str]:
    """Why the database cannot be used, in a sentence."""
    try:
        former.refuse()
    except Error as error:
        yield failures.sentence(error) or str(error)
    except ImproperlyConfigured as error:
        yield str(error)
    finally:
        connection.close()


def keep_apart() -> None:
    """Claim the folder for the demo, or shut its people out. Raises ImproperlyConfigured with a sentence.

    Their password is printed in public: they and real contacts must never meet, either way round.
    """
    try:
        call_command("demo_people", "--claim-folder" if demo.wanted() else "--shut-out")
    except (CommandError, Error) as error:
        raise ImproperlyConfigured(failures.sentence(error) or str(error)) from error
    finally:
        connection.close()


def warn() -> None:
    """Say what works and is not safe."""
    weakness = strength.weakness_of_secret_key(settings.SECRET_KEY)
    if weakness:
        print(f"Warning: {weakness} {strength.ADVICE}", file=sys.stderr)  # noqa: T201
    if strength.is_readable_by_others(settings.SETTINGS_FILE):
        said = (
            f"Warning: {settings.SETTINGS_FILE} may hold secrets and can be read by other users of this machine."
        )
        print(f"{said} Run: chmod 600 {settings.SETTINGS_FILE}", file=sys.stderr)  # noqa: T201
