"""What cannot be sent as it was asked for."""


class Invalid(Exception):
    """`str()` says what is wrong with it and what would be right; `field` is where."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field
