"""What strangers write where a number, a text, a header or a body is expected."""

import json
import random
from collections.abc import Callable
from urllib.parse import quote

NUMBERS = [
    "0",
    "-1",
    "1.5",
    "1e9",
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    "9" * 30,
    "9" * 5000,
    "٣",
    "²",
    "1_0",
    "007",
]
TEXTS = [
    "" , "z" * 300 + "@example.com", "é@exämple.com", "a@b" + ".c" * 200, "rep@example.com\x00",
    " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "x" * 300, "y" * 10_000, "%", "%zz", "%00", "%ff%fe",
    "'", '"', '" OR ""="', "' OR 1=1 --", "*", "NEAR(", "a AND", "{{ 7*7 }}", "{% now %}", "<script>",
    "../../etc/passwd",
    "\r\nX-Odd: 1", "\u202e\u200b", "🙂" * 50, "ﷺ" * 20, "İ", "ß", "e\u0301", "null", "[]", "{}", "None", "true",
    "none", "name", "day", "changes", "notes", "//evil.example/", "https://evil.example/", "javascript:alert(1)",
]  # fmt: skip
MOMENTS = [
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59+14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-02-30",
    "now",
    "12:00",
]
CHARSETS = [
    "utf-16", "utf-7", "hex", "base64", "rot13", "idna", "punycode", "undefined", "unicode_escape", "zlib", "mbcs",
    "nonsense", "latin-1", "UTF8", "\x00", "utf-8; charset=utf-16", "x" * 500, '"utf-16', "..", "a/b", "ascii",
]  # fmt: skip
PLAIN_TYPES = [
    "",
    "application/json",
    "text/plain",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded" + "; a=b" * 3000,
    "application/x-www-form-urlencoded; charset*=nonsense''x",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=é",
    "multipart/form-data; boundary*=hex''00",
    "multipart/form-data; boundary=" + "b" * 300,
    'multipart/form-data; boundary="',
    "multipart/mixed; boundary=x",
    "application/json; ;;=",
    ";",
    "/",
    "\x00",
]
# A quoted cookie may write any byte as an octal number.
NUL_QUOTED = '"' + r"\000" * 32 + '"'
ODD_HEADERS = {
    "Host": [
        "",
        "evil.example",
        "127.0.0.1:99999",
        "127.0.0.1:8000, evil.example",
        "[::1",
        "a\x00",
        "localhost",
        "é",
    ],
    "X-Forwarded-For": [
        "",
        "unknown",
        "1.2.3.4",
        "1.2.3.4, 5.6.7.8",
        "::1",
        "é",
        "1.2.3.4:80",
        "a" * 5000,
        ", ,",
        "[::1]:9",
    ],
    "X-Forwarded-Proto": ["https", "http", "", "é"],
    "Accept": ["", "*/*", "application/json", "q=x;;", "text/html;q=é"],
    "Accept-Language": ["", "xx-YY", "zz" * 500, "*", "de;q=x"],
    "Accept-Encoding": ["", "gzip;q=x", "br", "\x00"],
    "Referer": [
        "",
        "http://[",
        "https://evil.example/",
        "é",
        "http://127.0.0.1:8000/contacts/",
        "http://a:b@c:d/",
    ],
    "Origin": ["null", "http://[", "https://evil.example", "http://127.0.0.1:8000", "é"],
    "If-Modified-Since": ["", "yesterday", "Sat, 01 Jan 0000 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"],
    "If-None-Match": ["*", '"', 'W/"x"', "é"],
    "Range": ["bytes=0-", "bytes=-1", "bytes=9-1", "é"],
    "X-Requested-With": ["XMLHttpRequest", "é"],
    "User-Agent": ["", "x" * 10_000, "é\x00", "\ud800"],
    "HX-Request": ["true", "false", "é"],
    "HX-Current-URL": [
        "",
        "http://[",
        "http://127.0.0.1:8000/contacts/",
        "\ud800",
        "//evil.example",
        "http://a:é/",
        "x" * 9000,
    ],
    "HX-Current-URL-URI-AutoEncoded": ["true", "é"],
    "HX-Target": ["", "#x", "é%ff", "<b>"],
    "HX-Trigger": ["", "{", "é"],
    "HX-Prompt": ["", "\x00", "%00"],
    "HX-History-Restore-Request": ["true", "no"],
    "HX-Boosted": ["true", "é"],
    "Triggering-Event": ["{", "[1", "1" * 5000, "é", "{}", "[" * 2000],
    "Triggering-Event-URI-AutoEncoded": ["true"],
    "X-Seen": ["", "\x00", "running-5-x", "é"],
    "X-Shown": ["-1", "9" * 30, "٣", "1000", "1e3", "²"],
    "X-CSRFToken": ["", "short", "é" * 32, "t0" * 32, "\x00" * 32],
    "Authorization": ["Basic é", "Bearer", "Basic ===="],
    "X-HTTP-Method-Override": ["DELETE"],
    "Expect": ["100-continue"],
    "Upgrade": ["websocket"],
}
ODD_COOKIES = {
    "tz": [
        "Europe%2FLondon",
        "../../etc/passwd",
        "%00",
        "a%ffb",
        "x" * 5000,
        "/etc/localtime",
        "posix",
        "\ud800",
        "America",
    ],
    "theme": ["dark", "<b>", "\x00", "é"],
    "csrftoken": ["", NUL_QUOTED, "short", "é" * 32, "x" * 5000, "\x00" * 32],
    "sessionid": ["", "x" * 5000, "\x00" * 32, "é" * 16, "\ud800" * 8, "'", "a" * 32, NUL_QUOTED],
    "messages": ["", "x", '[["__json_message",0,20,"hi"]]:1x:y', "\x00", "é", "W1tdXQ:1"],
    "allauth": ["\x00"],
    "": ["", "="],
    '"': ['"'],
}


def text(chance: random.Random) -> str:
    """Any odd text, number or moment, sometimes two of them joined."""
    found = chance.choice(chance.choice([TEXTS, NUMBERS, MOMENTS]))
    return found + chance.choice(TEXTS) if chance.random() < 0.1 else found


def encoded(chance: random.Random, value: str) -> str:
    """The value in an address: as a form does it, as it is, or encoded twice."""
    how: Callable[[str], str] = chance.choice(
        [_quoted, _quoted, _quoted, lambda given: given, lambda given: _quoted(_quoted(given))]
    )
    return how(value)


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"))


def anything(chance: random.Random, depth: int = 2) -> object:
    """Any JSON value."""
    kinds = [
        lambda: text(chance),
        lambda: chance.choice([0, -1, 2**63, 10**400, 1.5, 1e308, 1e11, True, None]),
        lambda: [anything(chance, depth - 1)] if depth else [],
        lambda: {text(chance): anything(chance, depth - 1)} if depth else {},
    ]
    return chance.choice(kinds)()


def as_json(chance: random.Random, value: object) -> bytes:
    """JSON with escapes or without; now and then cut short, nested without end, or what JSON does not have."""
    whole = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    endings = [whole[:-1], b"[" * 100_000, b"NaN", b"Infinity", b"\xff\xfe", b"\xef\xbb\xbf" + whole, b""]
    return chance.choice(endings) if chance.random() < 0.1 else whole
