"""Writes the audit trail; the only place that does."""

from typing import Any

from integrations.security.redact import redact
from integrations.workspace.models import AuditEntry, User, Workspace


def record(
    *,
    act: str,
    actor: User | None,
    workspace: Workspace | None = None,
    target: str = "",
    result: str = "done",
    **detail: Any,
) -> AuditEntry:
    """Store one entry. `act` is a dotted verb such as `connection.revoked`; detail values must be JSON."""
    clean = {key: redact(value) if isinstance(value, str) else value for key, value in detail.items()}
    return AuditEntry.objects.create(
        act=act, actor=actor, workspace=workspace, target=target[:200], result=result, detail=clean
    )
