"""A client for the GoHighLevel API: plain Python, no framework, nothing of the dashboard around it."""

from integrations.ghl.client.api import CallRecord, Client
from integrations.ghl.client.dependencies import Auth, Bucket, Grant, Limits, StaticToken
from integrations.ghl.client.operations import GENERATIONS, OPERATIONS, Generation, Operation
from integrations.ghl.client.paging import next_search_after, next_skip
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
    "next_search_after",
    "next_skip",
]
