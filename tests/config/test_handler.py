"""What strangers write into headers, cookies and bodies is refused with a clean 4xx and breaks nothing."""

import pytest

from config.handler import Utf8Handler
from config.wsgi import application
from tests.access.fuzz.asked import TOKEN, Asked
from tests.access.fuzz.sending import Site

pytestmark = pytest.mark.django_db
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=edge"
# Known to Python, and made for something else than reading an address.
NO_TEXTS = [
    "hex",
    "base64",
    "rot13",
    "zlib",
    "idna",
    "undefined",
    "utf-16",
    "unicode_escape",
    "\x00",
    "x" * 20_000,
]


def ascii_start(value):
    """A short name for a test."""
    return ascii(value)[:20]


@pytest.fixture
def send():
    """A request of a browser that has its CSRF token: without one, nobody would look any further."""
    with Site() as site:

        def _send(method, path, **parts):
            asked = Asked(
                method, path, **{"cookies": {"csrftoken": TOKEN}, "headers": {"X-CSRFToken": TOKEN}, **parts}
            )
            return site.send(asked)

        yield _send


@pytest.mark.parametrize("charset", NO_TEXTS, ids=ascii_start)
@pytest.mark.parametrize("kind", [FORM, MULTIPART])
def test_a_form_in_another_charset_is_refused(send, kind, charset):
    answer = send("POST", "/account/login/", content_type=f"{kind}; charset={charset}", body=b"login=a")

    assert (answer.status, answer.trace) == (400, "")


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8"])
def test_a_form_in_utf_8_is_read(send, charset):
    answer = send("POST", "/account/login/", content_type=f"{FORM}; charset={charset}", body=b"login=a")

    assert answer.status == 200


@pytest.mark.parametrize("charset", NO_TEXTS, ids=ascii_start)
def test_an_address_is_read_as_utf_8_whatever_a_header_says(send, charset):
    answer = send("GET", "/account/login/", query="next=%C3%A9%ff", content_type=f"text/plain; charset={charset}")

    assert answer.status == 200


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (f"{FORM}; charset=utf-16", b"a=1"),
        ("multipart/form-data; boundary=", b"a=1"),
        ("multipart/form-data", b"a=1"),
        (f"{FORM}; a=b" + "c" * 20_000, b"a=1"),
        (FORM, b"&".join(b"a%d=1" % number for number in range(2000))),
        (FORM, b"a=" + b"x" * 3_000_000),
    ],
    ids=["utf-16", "empty boundary", "no boundary", "20,000 letters", "2,000 fields", "3 MB"],
)
def test_a_form_that_cannot_be_read_is_a_400_where_it_is_read_and_a_404_where_there_is_nothing(
    send, content_type, body
):
    read = send("POST", "/account/login/", content_type=content_type, body=body)
    nowhere = send("POST", "/nowhere/", content_type=content_type, body=body)

    assert (read.status, nowhere.status) == (400, 404)


def test_an_address_with_too_many_fields_is_a_400(send):
    assert send("GET", "/account/login/", query="a=1&" * 1100).status == 400
    assert (
        send("GET", "/account/login/", query="a=1&" * 1100, content_type="text/plain; charset=ascii").status == 400
    )


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=utf-16", "application/json; charset=hex", "\x00", ";"])
def test_an_unsigned_webhook_is_refused_as_such_whatever_its_content_type(send, content_type):
    assert send("POST", "/integrations/webhook/", content_type=content_type, body=b"{}").status == 401


@pytest.mark.parametrize("length", ["9" * 5000, "9" * 18], ids=["5000 digits", "18 digits"])
def test_a_webhook_that_announces_more_than_anybody_sends_is_too_large(send, length):
    assert send("POST", "/integrations/webhook/", body=b"{}", length=length).status == 413


@pytest.mark.parametrize("length", ["9223372036854775808", "9" * 5000], ids=["64 bits", "5000 digits"])
def test_a_form_that_announces_more_than_a_number_holds_is_a_400(send, length):
    answer = send(
        "POST", "/account/login/", content_type="multipart/form-data; boundary=edge", body=b"", length=length
    )

    assert (answer.status, answer.trace) == (400, "")


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "tz", "theme"])
def test_a_cookie_with_a_zero_byte_is_no_cookie(send, name):
    answer = send("GET", "/contacts/", cookies={name: '"' + r"\000" * 32 + '"'})

    assert (answer.status, answer.trace) == (302, "")


def test_the_web_server_loads_this_handler():
    assert type(application) is Utf8Handler
