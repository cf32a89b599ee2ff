"""The engine's own tables: runs, cursors, failures, writes, calls, inbound events."""

from integrations.sync.models.calls import ApiCall
from integrations.sync.models.conflicts import Conflict, MergePolicy
from integrations.sync.models.drift import DriftDay
from integrations.sync.models.inbox import InboundCount, InboundEvent
from integrations.sync.models.requests import FetchRequest
from integrations.sync.models.schedule import ContactDue, Pulse, StreamCursor, SyncSchedule
from integrations.sync.models.state import RecordFailure, RunStream, SeenRecord, SyncRun
from integrations.sync.models.writes import Write

__all__ = [
    "ApiCall",
    "Conflict",
    "ContactDue",
    "DriftDay",
    "FetchRequest",
    "InboundCount",
    "InboundEvent",
    "MergePolicy",
    "Pulse",
    "RecordFailure",
    "RunStream",
    "SeenRecord",
    "StreamCursor",
    "SyncRun",
    "SyncSchedule",
    "Write",
]
