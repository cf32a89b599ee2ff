"""Typed readers for environment variables that refuse a missing or wrong value by its name."""

import ipaddress
import os
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

MAIL_PORTS = {"smtp": 587, "smtp+tls": 587, "smtp+ssl": 465}
MAIL_SECONDS = 10

# Fits every column and every timer; larger numbers are slips of the finger.
LARGEST = 2**31 - 1
LARGEST_PORT = 65_535


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
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ImproperlyConfigured(
            f"{name}_FILE names {path}, which cannot be read ({reason}). Correct the path or set {name} itself."
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


def integer(name: str, default: int, *, least: int = 0, most: int = LARGEST) -> int:
    """A whole number from `least` to `most`."""
    value = text(name, str(default))
    # The length is looked at first: Python refuses to read thousands of digits.
    if value.isdecimal() and len(value) <= len(str(LARGEST)) and least <= int(value) <= most:
        return int(value)
    limits = f"of at least {least}" if most == LARGEST else f"from {least} to {most}"
    raise ImproperlyConfigured(f"{name} must be a whole number {limits}, not {value[:40]!r}.")


def number(name: str, default: float) -> float:
    """A number greater than zero, in the unit that the setting's documentation names."""
    value = text(name, str(default))
    try:
        parsed = float(value)
    except ValueError:
        parsed = 0
    if not 0 < parsed <= LARGEST:
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
    parts = _address(name, value)
    if parts.scheme == "https" and parts.hostname:
        return value
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return value
    raise ImproperlyConfigured(f"{name} must be an https address (http only on loopback), not {value!r}.")


def _address(name: str, value: str) -> SplitResult:
    """The parts of a URL. A wrong port or host is refused without showing the URL, which may hold a password."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ImproperlyConfigured(f"{name} holds an invalid host or port. Ports go from 1 to {LARGEST_PORT}.")
    return parts


def broker(name: str, default: str) -> str:
    """The address of Celery's broker: files, Redis or AMQP."""
    value = secret(name, default)
    parts = _address(name, value)
    if parts.scheme not in ("filesystem", "redis", "rediss", "amqp", "amqps") or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must look like redis://host:6379/0 (or rediss, amqp, amqps).")
    return value


def mailer(name: str) -> dict[str, Any]:
    """A mail server from smtp://user:password@host:port (smtp+tls://, smtp+ssl://); unset, no mail is sent."""
    value = secret(name)
    if not value:
        # Not the console: what is mailed here are links that let their reader in, and a console is kept as a log.
        return {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = _address(name, value)
    if parts.scheme not in MAIL_PORTS or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must look like smtp+tls://user:password@host:587.")
    options = {
        "host": parts.hostname,
        "port": parts.port or MAIL_PORTS[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_tls": parts.scheme.endswith("tls"),
        "use_ssl": parts.scheme.endswith("ssl"),
        "timeout": MAIL_SECONDS,
    }
    return {"BACKEND": "integrations.workspace.mail.BackgroundBackend", "OPTIONS": options}


def sender(name: str, default: str) -> str:
    """The one address that mail comes from: a@example.com or Throughline <a@example.com>."""
    value = text(name, default)
    _, address = parseaddr(value)
    try:
        if value.isprintable() and (value == address or value.endswith(f"<{address}>")):
            validate_email(address)
            return value
    except ValidationError:
        pass
    raise ImproperlyConfigured(f"{name} must be one email address, such as Throughline <mail@example.com>.")


def is_loopback(host: str) -> bool:
    """True for localhost and every address of the loopback ranges."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
