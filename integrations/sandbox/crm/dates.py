"""Reads the moments that clients send."""

from datetime import UTC, datetime

from integrations.sandbox.http.errors import unprocessable


def moment(value: object, key: str) -> int:
    """Epoch milliseconds of an ISO moment; one without a zone is UTC. Refuses the rest by the key's name."""
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        raise unprocessable(f"{key} must be a valid ISO 8601 date string") from None
    return round((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp() * 1000)
