"""Keeps what went over the wire: each operation's request and answer, in the order in which they happened."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from integrations.ghl.client import CallRecord, HttpRequest, HttpResponse, PooledTransport


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer. `honest` is False for a request that was spoilt to hear the refusal."""

    generation: str
    operation: str
    request: HttpRequest
    response: HttpResponse
    honest: bool = True

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return urlsplit(self.request.url).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(urlsplit(self.request.url).query, keep_blank_values=True)

    @property
    def succeeded(self) -> bool:
        return 200 <= self.response.status < 300


@dataclass
class Recorder(PooledTransport):
    """The client's own transport, with a memory. Single-threaded: the client reports a call after it was sent."""

    generation: str
    exchanges: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._last: tuple[HttpRequest, HttpResponse] | None = None

    def send(self, request: HttpRequest, timeout: float) -> HttpResponse:
        response = super().send(request, timeout)
        self._last = request, response
        return response

    def on_call(self, record: CallRecord) -> None:
        """For `Client.on_call`: the client knows the operation's name, which the wire does not carry."""
        assert self._last is not None, "the client reported a call that was never sent"
        self.exchanges.append(Exchange(self.generation, record.operation, *self._last))

    def send_by_hand(self, operation: str, request: HttpRequest, *, honest: bool = True) -> HttpResponse:
        """Sends a request that no method of the client makes, spoilt unless `honest`."""
        response = super().send(request, timeout=300)
        self.exchanges.append(Exchange(self.generation, operation, request, response, honest))
        return response
