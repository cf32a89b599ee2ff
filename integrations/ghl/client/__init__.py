"""A client for the GoHighLevel API: plain Python, no framework, nothing of the dashboard around it."""

from integrations.ghl.client.api import Client
from integrations.ghl.client.dependencies import Auth, Bucket, CallRecord, Grant, Limits, StaticToken
from integrations.ghl.client.operations import GENERATIONS, OPERATIONS, Generation, Operation
from integrations.ghl.client.sansio import Answer, HttpRequest, HttpResponse, RateReading
from integrations.ghl.client.token_set import TokenSet
from integrations.ghl.client.transport import PooledTransport, Transport

__all__ = [
    "GENERATIONS",
    "OPERATIONS",
    "Answer",
    "Auth",
    "Bucket",
    "CallRecord",
    "Client",
    "Generation",
    "Grant",
    "HttpRequest",
    "HttpResponse",
    "Limits",
    "Operation",
    "PooledTransport",
    "RateReading",
    "StaticToken",
    "TokenSet",
    "Transport",
]
