"""Sends mail beside the requests that ask for it: their answers take as long with a mail as without one."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

log = structlog.get_logger(__name__)
# One thread: however many mails are asked for, the mail server sees one connection of each process.
POSTMAN = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


class BackgroundBackend(EmailBackend):
    """Django's, in a thread; a mail that could not be sent is a line in the log, without its text and address."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Take the messages to be sent; returns how many."""
        POSTMAN.submit(self._send_messages, list(email_messages))
        return len(email_messages)

    def _send_messages(self, messages: list[EmailMessage]) -> None:
        try:
            super().send_messages(messages)
        except Exception as error:  # noqa: BLE001  whatever it is, its words may hold an address or the text
            log.error("mail.failed", error=type(error).__name__, advice="Check EMAIL_URL and EMAIL_FROM.")
