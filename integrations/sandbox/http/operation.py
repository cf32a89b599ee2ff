"""One row of the table of operations: method, path, family, scope, whose token may call it, and who answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from integrations.sandbox.http.errors import VERSION_INVALID, VERSION_MISSING, unauthorized
from integrations.sandbox.http.messages import V3, Answer, Call

type Handler = Callable[[Call], Answer]
type Tenant = Literal["token", "path", "query", "body", "none"]

# Each family has one dated version of its own; v3 speaks for all of them.
FAMILIES = {"crm": "2021-07-28", "calendars": "2021-04-15", "conversations": "2021-04-15", "any": ""}


@dataclass(frozen=True, slots=True)
class Operation:
    """One row. `tenant` says where the sub-account is named; `token` means that only the token knows it."""

    name: str
    method: str
    path: str
    handler: Handler
    scope: str = ""
    family: str = "crm"
    tenant: Tenant = "token"
    company_may: bool = False
    location_may: bool = True
    public: bool = False
    v3_only: bool = False

    @property
    def is_write(self) -> bool:
        return self.scope.endswith(".write") and self.tenant != "none"

    def check_version(self, version: str | None) -> str:
        """The version of the call; a missing or foreign one is a 401, although no token is at fault."""
        if self.public:
            return version or ""
        if not version:
            raise unauthorized(VERSION_MISSING)
        if version != V3 and FAMILIES[self.family] not in ("", version):
            raise unauthorized(VERSION_INVALID)
        return version
