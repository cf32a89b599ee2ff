"""Typed readers for environment variables that refuse a missing or wrong value by its name."""

import ipaddress
import os
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

MAIL_PORTS = {"smtp": 587, "smtp+tls": 587, "smtp+ssl": 465}
MAIL_SECONDS = 10


def load_file(path: Path) -> None:
    """Read NAME=value lines of a .env file; what the process was started with wins."""
    if not path.is_file():
        return
    for line in path.read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.lstrip().startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))


def text(name: str, default: str = "") -> str:
    """The value with surrounding blanks removed, or the default when unset or empty."""
    return os.environ.get(name, "").strip() or default


def secret(name: str, default: str = "") -> str:
    """A value that may also be kept in the file named by NAME_FILE (container secrets)."""
    path = text(f"{name}_FILE")
    if not path:
        return text(name, default)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name}_FILE names {path}, which cannot be read ({error.strerror}). "
            f"Correct the path or set {name} itself."
        ) from error


def boolean(name: str, default: bool = False) -> bool:
    """1, true, yes, on against 0, false, no, off."""
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return default


def integer(name: str, default: int, *, least: int = 0) -> int:
    """A whole number of at least `least`."""
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def number(name: str, default: float) -> float:
    """A number greater than zero, in the unit that the setting's documentation names."""
    value = text(name, str(default))
    try:
        parsed = float(value)
    except ValueError:
        parsed = 0
    if parsed <= 0:
        raise ImproperlyConfigured(f"{name} must be a number greater than zero, not {value!r}.")
    return parsed


def listing(name: str, default: str = "") -> list[str]:
    """Values separated by commas, blanks and empty items dropped."""
    return [item.strip() for item in secret(name, default).split(",") if item.strip()]


def choice(name: str, default: str, options: tuple[str, ...]) -> str:
    """One of a closed list."""
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(options)}, not {value!r}.")
    return value


def base_url(name: str, default: str) -> str:
    """A URL without trailing slash; plain http is accepted on loopback only, so tokens never travel in clear."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme == "https" and parts.hostname:
        return value
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return value
    raise ImproperlyConfigured(f"{name} must be an https address (http only on loopback), not {value!r}.")


def mailer(name: str) -> dict[str, Any]:
    """A mail server from smtp://user:password@host:port (smtp+tls://, smtp+ssl://); unset, no mail is sent."""
    value = secret(name)
    if not value:
        # Not the console: what is mailed here are links that let their reader in, and a console is kept as a log.
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(value)
    if parts.scheme not in MAIL_PORTS or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must look like smtp+tls://user:password@host:587.")
    try:
        port = parts.port or MAIL_PORTS[parts.scheme]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must name a port from 1 to 65535, such as 587.") from error
    options = {
        "host": parts.hostname,
        "port": port,
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme.endswith("tls"),
        "use_ssl": parts.scheme.endswith("ssl"),
        "timeout": MAIL_SECONDS,
    }
    return {"BACKEND": "integrations.workspace.mail.BackgroundBackend", "OPTIONS": options}


def sender(name: str, value: str) -> str:
    """The one address that mail comes from: a@example.com or Throughline <a@example.com>."""
    _, address = parseaddr(value)
    try:
        if value.isprintable() and (value == address or value.endswith(f"<{address}>")):
            validate_email(address)
            return value
    except ValidationError:
        pass
    raise ImproperlyConfigured(f"{name} must be one e-mail address, such as Throughline <mail@example.com>.")


def is_loopback(host: str) -> bool:
    """True for localhost and every address of the loopback ranges."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
