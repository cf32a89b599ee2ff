"""Reads requests as UTF-8, which every browser writes: no header of a stranger decides how bytes are read."""

from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
LONGEST_LENGTH = 18  # digits: less than what fits 64 bits
UTF_8 = ("utf-8", "utf8")


class Utf8Request(WSGIRequest):
    """A request whose address is always UTF-8, and whose form is refused when it says that it is not.

    Django would decode the address with any codec that Content-Type names, before a middleware could catch what
    that raises.
    """

    _says_utf_8 = True

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except ValueError:  # too long, or encoded in a way that nobody knows
            self.content_type, self.content_params, self._says_utf_8 = FORMS[0], {}, False
            return
        self._says_utf_8 = self.content_params.get("charset", UTF_8[0]).lower() in UTF_8

    def _load_post_and_files(self) -> None:
        if self.method == "POST" and self.content_type in FORMS:
            self._refuse_unreadable_form()
        super()._load_post_and_files()

    def _refuse_unreadable_form(self) -> None:
        if not self._says_utf_8:
            raise BadRequest("A form must be UTF-8, and its Content-Type must say so or nothing.")
        # Django asks the stream for that many bytes, and a number above the machine's own ends in an error.
        if len(self.META.get("CONTENT_LENGTH") or "") > LONGEST_LENGTH:
            raise BadRequest("The Content-Length of this form is not valid.")

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override]  # cached in Django, too
        """Without those that hold a zero byte: none of ours does, and PostgreSQL takes none as a session's key."""
        return {name: value for name, value in super().COOKIES.items() if "\x00" not in value}


class Utf8Handler(WSGIHandler):
    """Django's WSGI handler with such requests."""

    request_class = Utf8Request
