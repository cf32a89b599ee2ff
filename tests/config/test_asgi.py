"""The front of the web server: a request takes a worker thread of its lane when its body is whole, not before."""

import asyncio
import threading

import pytest

from config.asgi import LARGEST_BODY, Front, environ_of

PAGE, WEBHOOK, TEST = "/contacts/", "/integrations/webhook/", "/integrations/test/1/"


class Exchange:
    """One request: its chunks arrive one after the other; then comes the end, nothing more, or it is cut off."""

    def __init__(self, *chunks, stops=False, is_cut_off=False):
        self._messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
        self._stops = stops
        end = {"type": "http.disconnect"} if is_cut_off else {"type": "http.request", "body": b""}
        self._messages += [] if stops else [end]
        self.status = self.headers = self.body = None

    async def receive(self):
        await asyncio.sleep(0)
        if not self._messages:
            await asyncio.Event().wait()
        return self._messages.pop(0)

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name.decode(), text.decode()) for name, text in message["headers"]]
        else:
            self.body = message["body"]


def a_request(path=PAGE, method="POST", headers=(), **facts):
    known = {"type": "http", "http_version": "1.1", "server": ("127.0.0.1", "8000"), "scheme": "http"}
    known |= {"client": ("203.0.113.7", "51000"), "method": method, "path": path, "query_string": b"", **facts}
    pairs = [(b"host", b"localhost"), *((name.encode(), text.encode()) for name, text in headers)]
    return known | {"headers": pairs}


class Application:
    """A WSGI application that says what it read."""

    def __init__(self):
        self.seen = []

    def __call__(self, environ, start_response):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        self.seen.append((environ["PATH_INFO"], body))
        start_response("200 OK", [("X-Length", environ["CONTENT_LENGTH"])])
        return [body]


@pytest.fixture
def application():
    return Application()


def served(front, request, exchange):
    return front(request, exchange.receive, exchange.send)


def ask(front, request, exchange):
    asyncio.run(served(front, request, exchange))
    return exchange


def test_a_body_in_chunks_without_a_length_arrives_whole(application):
    answer = ask(Front(application), a_request(headers=[("transfer-encoding", "chunked")]), Exchange(b"a=", b"1"))

    assert (answer.status, answer.body) == (200, b"a=1")
    assert ("x-length", "3") in answer.headers


def test_a_body_that_stops_half_way_is_answered_and_never_seen(application):
    front = Front(application, body_seconds=0.05)

    answer = ask(front, a_request(headers=[("content-length", "1000")]), Exchange(b"a", stops=True))

    assert (answer.status, application.seen) == (408, [])
    assert ("connection", "close") in answer.headers


def test_one_that_stops_holds_up_no_other(application):
    async def both():
        front, half, whole = Front(application, body_seconds=60), Exchange(b"a", stops=True), Exchange(b"b")
        waiting = asyncio.create_task(served(front, a_request(), half))
        await asyncio.sleep(0.01)
        await served(front, a_request(), whole)
        waiting.cancel()
        return half, whole

    half, whole = asyncio.run(both())
    assert (half.status, whole.status) == (None, 200)


@pytest.mark.parametrize(
    "said", [[("content-length", str(LARGEST_BODY + 1))], [("content-length", "9" * 30)], [("x-nothing", "said")]]
)
def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(application, said):
    answer = ask(Front(application), a_request(headers=said), Exchange(*[b"x" * 65536] * 17))

    assert (answer.status, application.seen) == (413, [])


def test_nobody_waits_for_a_body_that_is_announced_too_large(application):
    length = [("content-length", str(LARGEST_BODY + 1))]

    assert ask(Front(application), a_request(headers=length), Exchange(stops=True)).status == 413


def test_a_body_of_the_largest_size_passes(application):
    length = [("content-length", str(LARGEST_BODY))]

    assert ask(Front(application), a_request(headers=length), Exchange(b"x" * LARGEST_BODY)).status == 200


@pytest.mark.parametrize(("length", "sent"), [("5", b"abc"), ("-1", b""), ("1e3", b"a"), ("\u0663", b"abc")])
def test_a_length_that_is_none_or_does_not_come_true_is_refused(application, length, sent):
    answer = ask(Front(application), a_request(headers=[("content-length", length)]), Exchange(sent))

    assert (answer.status, application.seen) == (400, [])


def test_many_bodies_at_once_do_not_fill_the_memory(application):
    async def three():
        front = Front(application, largest_total=250)
        held = [asyncio.create_task(served(front, a_request(), Exchange(b"x" * 100, stops=True))) for _ in "12"]
        await asyncio.sleep(0.01)
        third = Exchange(b"x" * 100)
        await served(front, a_request(), third)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        fourth = Exchange(b"x" * 100)
        await served(front, a_request(), fourth)
        return third, fourth

    third, fourth = asyncio.run(three())
    assert (third.status, fourth.status) == (503, 200)


class Hanging(Application):
    """Answers one address only when it is let go."""

    def __init__(self, path):
        super().__init__()
        self.path, self.let_go = path, threading.Event()

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == self.path:
            self.let_go.wait(30)
        return super().__call__(environ, start_response)


@pytest.mark.parametrize("path", [WEBHOOK, WEBHOOK.rstrip("/"), TEST, "/connections/7/revoke/"])
def test_pages_have_threads_that_nothing_slower_can_take(path):
    application = Hanging(path)

    async def pages_while_others_hang():
        front, page = Front(application), Exchange()
        hanging = [asyncio.create_task(served(front, a_request(path), Exchange())) for _ in range(20)]
        await asyncio.sleep(0.01)
        await served(front, a_request(PAGE), page)
        were_done = [task.done() for task in hanging]
        application.let_go.set()
        await asyncio.gather(*hanging)
        return page.status, any(were_done)

    assert asyncio.run(pages_while_others_hang()) == (200, False)


@pytest.mark.parametrize(("path", "status"), [(WEBHOOK, 429), (TEST, 503)])
def test_whoever_would_wait_too_long_is_told_at_once(path, status):
    application = Hanging(path)

    async def one_too_many():
        front, late = Front(application, most_waiting=3), Exchange()
        hanging = [asyncio.create_task(served(front, a_request(path), Exchange())) for _ in range(3)]
        await asyncio.sleep(0.01)
        await served(front, a_request(path), late)
        application.let_go.set()
        await asyncio.gather(*hanging)
        again = Exchange()
        await served(front, a_request(path), again)
        return late.status, again.status

    assert asyncio.run(one_too_many()) == (status, 200)


def test_headers_reach_wsgi_as_they_would_through_any_server():
    request = a_request(
        headers=[("x-a", "1"), ("x-a", "2"), ("cookie", "a=1"), ("cookie", "b=2"), ("content-type", "text/plain")],
        client=("2001:db8::7", "51000"),
        path="/contacts/é/",
    )

    environ = environ_of(request, b"xyz")

    assert (environ["HTTP_X_A"], environ["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/plain", "3")
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"]) == ("2001:db8::7", "127.0.0.1")
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/contacts/é/"


def test_bytes_that_are_no_ascii_take_no_other_cookie_with_them():
    environ = environ_of(a_request(headers=[("cookie", "name=José; sessionid=abc")]), b"")

    assert environ["HTTP_COOKIE"].encode("latin-1").decode() == "name=José; sessionid=abc"


def test_a_body_that_is_cut_off_does_not_pass_for_a_whole_one(application):
    chunked = a_request(headers=[("transfer-encoding", "chunked")])

    answer = ask(Front(application), chunked, Exchange(b"task=1&conf", is_cut_off=True))

    assert (answer.status, application.seen) == (400, [])


def test_nobody_passes_for_the_proxy_by_another_spelling():
    environ = environ_of(a_request(headers=[("x_forwarded_proto", "https"), ("content_length", "7")]), b"")

    assert "HTTP_X_FORWARDED_PROTO" not in environ
    assert environ["CONTENT_LENGTH"] == "0"
