"""Structured logs, one line an event; tokens, addresses and phone numbers are scrubbed before they are written."""

from typing import Any

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from structlog.typing import EventDict, Processor, WrappedLogger

from integrations.security.redact import redact


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Redact every text value of an event; runs last, so that nothing added on the way escapes it."""
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


REFUSALS = (BadRequest, MultiPartParserError, PermissionDenied, SuspiciousOperation)


def shorten_refusals(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """No traceback for what strangers are refused for: each request of theirs would fill a screen of the log."""
    found = event.get("exc_info")
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, REFUSALS):
        del event["exc_info"]
    return event


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, level: str, as_json: bool) -> dict[str, Any]:
    """Set structlog up and return the matching LOGGING dictionary for Django and the libraries."""
    structlog.configure(
        processors=[
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    shorten_refusals,
                    structlog.processors.format_exc_info,
                    scrub,
                    renderer,
                ],
            }
        },
        # stderr: stdout belongs to the --json answers of the commands.
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            # Warns at each start that the file broker's address names no host; files have none.
            "kombu.connection": {"level": "ERROR"},
        },
    }
