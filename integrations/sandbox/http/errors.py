"""The refusals of the API, in the vendor's words and shapes.

ApiError
├── bad_request    400  also for a record that does not exist
├── unauthorized   401  token, version header or scope; the text tells which
├── forbidden      403  a token of another sub-account
├── not_found      404  unknown routes only
└── unprocessable  422  a list with one sentence for each bad key of the body
"""

from http import HTTPStatus
from typing import Any


class ApiError(Exception):
    """Ends a call with a status and a body; the gateway adds the traceId."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body.get("message") or body))
        self.status = status
        self.body = body


TOKEN_REFUSED = "Invalid JWT"  # noqa: S105 - a sentence, no secret
PRIVATE_TOKEN_REFUSED = "Invalid Private Integration token"  # noqa: S105 - a sentence, no secret
SCOPE_MISSING = "The token is not authorized for this scope."
USER_TYPE_MISMATCH = "Token's user type mismatch!"
CLASS_NOT_ALLOWED = (
    "This authClass type is not allowed to access this scope. Please use a token of the right class."
)
WRONG_LOCATION = "The token does not have access to this location."
VERSION_MISSING = "version header was not found."
VERSION_INVALID = "version header is invalid"


def refusal(status: int, message: str | list[str]) -> ApiError:
    """The common shape: statusCode, message and, for most statuses, the phrase of the status."""
    body: dict[str, Any] = {"statusCode": status, "message": message}
    if status != HTTPStatus.BAD_REQUEST:
        body["error"] = HTTPStatus(status).phrase
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        body["error"] = "Unprocessable Entity"  # newer Pythons call this status "Unprocessable Content"
    return ApiError(status, body)


def bad_request(message: str) -> ApiError:
    return refusal(400, message)


def unauthorized(message: str) -> ApiError:
    return refusal(401, message)


def forbidden(message: str = WRONG_LOCATION) -> ApiError:
    return refusal(403, message)


def not_found(method: str, path: str) -> ApiError:
    return refusal(404, f"Cannot {method} {path}")


def unprocessable(*messages: str) -> ApiError:
    return refusal(422, list(messages))


def missing(kind: str, record_id: str) -> ApiError:
    """A record that is not there is a 400 with its id, not a 404."""
    return bad_request(f"{kind} with id {record_id} not found")


def grant_refused(status: int, error: str, description: str) -> ApiError:
    """The token endpoint has a shape of its own."""
    return ApiError(status, {"error": error, "error_description": description})
