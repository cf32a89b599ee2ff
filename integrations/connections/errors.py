"""What can go wrong with a provider, named by what recovers from it.

SyncError
├── Transient        try again later; nothing is known to be wrong
│   ├── RateLimited  the budget is spent; `retry_after` says for how long
│   └── AuthDoubted  the credentials were not accepted; only when that lasts are they lost
├── AuthLost         the credentials no longer work; a person must reconnect
├── NotPermitted     this one thing is refused; the rest of the connection works
├── Absent           the object is not there (any more)
└── Permanent        trying again cannot help; the reason says what would
    └── Unfit        one value does not fit there; the sentence says what to choose instead
        └── Duplicate    it belongs to the record `remote_id`, which is the one wanted if a new one was
"""


class SyncError(Exception):
    """`str()` is a sentence for people; `detail` is the provider's own words, redacted."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.detail = detail


class Transient(SyncError):
    """`maybe_delivered`: what was to be changed may have been changed all the same.

    `was_answered`: an answer came, though one of a failure; without one it may still be on its way.
    """

    def __init__(
        self, message: str, *, detail: str = "", maybe_delivered: bool = True, was_answered: bool = False
    ) -> None:
        super().__init__(message, detail=detail)
        self.maybe_delivered = maybe_delivered
        self.was_answered = was_answered


class RateLimited(Transient):
    """`retry_after` in seconds. When `daily`, the day's budget is spent and only the next day brings more."""

    def __init__(self, message: str, *, retry_after: float, daily: bool = False, detail: str = "") -> None:
        super().__init__(message, detail=detail, maybe_delivered=False, was_answered=True)
        self.retry_after = retry_after
        self.daily = daily


class AuthDoubted(Transient):
    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message, detail=detail, maybe_delivered=False, was_answered=True)


class AuthLost(SyncError):
    pass


class NotPermitted(SyncError):
    """Not `is_certain` where nothing tells that the refusal lasts: only several in a row are taken for one.

    `remedy` is a sentence on what an admin may do about it, where the provider's answer tells.
    """

    def __init__(self, message: str, *, detail: str = "", is_certain: bool = True, remedy: str = "") -> None:
        super().__init__(message, detail=detail)
        self.is_certain = is_certain
        self.remedy = remedy


class Absent(SyncError):
    pass


class Permanent(SyncError):
    pass


class Unfit(Permanent):
    """`field` is the one that a person should choose anew, as a change names it."""

    def __init__(self, message: str, *, field: str, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.field = field


class Duplicate(Unfit):
    def __init__(self, message: str, *, remote_id: str, field: str = "", detail: str = "") -> None:
        super().__init__(message, field=field, detail=detail)
        self.remote_id = remote_id
