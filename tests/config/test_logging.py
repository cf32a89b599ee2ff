"""What the processes log: a line for what a stranger is refused for, a traceback for a fault of ours."""

import logging
import sys

import pytest
from django.core.exceptions import BadRequest, DisallowedHost, PermissionDenied, TooManyFieldsSent
from django.http.multipartparser import MultiPartParserError
from structlog.stdlib import ProcessorFormatter

from config.logging import configure


def logged(error):
    """The lines that the log gets for an error, as Django hands it over."""
    line = dict(configure(level="INFO", as_json=False)["formatters"]["line"])
    formatter = ProcessorFormatter(**{name: value for name, value in line.items() if name != "()"})
    try:
        raise error
    except type(error):
        record = logging.LogRecord(
            "django.request", logging.ERROR, __file__, 1, "%s: /x/", (error,), sys.exc_info()
        )
    return formatter.format(record).splitlines()


@pytest.mark.parametrize(
    "refused", [DisallowedHost, BadRequest, MultiPartParserError, TooManyFieldsSent, PermissionDenied]
)
def test_what_a_stranger_is_refused_for_is_one_line(refused):
    [line] = logged(refused("what was wrong"))

    assert "what was wrong: /x/" in line


def test_a_fault_of_ours_keeps_its_traceback():
    assert "Traceback (most recent call last):" in logged(ValueError("what was wrong"))
