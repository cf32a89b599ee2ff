"""Pages are compressed with what the browser takes best, and their length tells nothing."""

import gzip

import brotli
import pytest
from backports import zstd
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client

from config.compression import CompressedPages

SIGN_IN = "/account/login/"
DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}
# What Chromium sends over https, and over http.
SAFE, PLAIN = "gzip, deflate, br, zstd", "gzip, deflate"

pytestmark = pytest.mark.django_db


def ask(accepts, path=SIGN_IN, **headers):
    return Client().get(path, headers={"Accept-Encoding": accepts, **headers})


def through(response, rf, accepts=SAFE):
    return CompressedPages(lambda _: response)(rf.get("/", headers={"Accept-Encoding": accepts}))


@pytest.mark.parametrize("encoding", DECODERS)
def test_a_page_comes_in_each_encoding_and_is_the_same_page(encoding):
    answer = ask(encoding)

    assert answer.headers["Content-Encoding"] == encoding
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert b"csrfmiddlewaretoken" in DECODERS[encoding](answer.content)


@pytest.mark.parametrize("encoding", DECODERS)
def test_a_list_of_rows_shrinks_to_a_small_part_of_itself(rf, encoding):
    rows = "".join(f"<li><a href='/contacts/{number}/'>Contact {number}</a></li>" for number in range(500))

    answer = through(HttpResponse(rows), rf, encoding)

    assert DECODERS[encoding](answer.content) == rows.encode()
    assert len(answer.content) < len(rows) / 4


@pytest.mark.parametrize(
    ("accepts", "encoding"),
    [(SAFE, "zstd"), (PLAIN, "gzip"), ("gzip, br", "br"), ("zstd;q=0, br;q=0.5, gzip;q=0.9", "gzip")],
)
def test_the_quickest_of_what_is_accepted_is_taken_unless_the_browser_prefers_another(accepts, encoding):
    assert ask(accepts).headers["Content-Encoding"] == encoding


@pytest.mark.parametrize("accepts", ["", "identity", "deflate", "*;q=0", "snappy"])
def test_whoever_accepts_none_of_them_gets_the_page_as_it_is(accepts):
    answer = ask(accepts)

    assert "Content-Encoding" not in answer.headers
    assert b"csrfmiddlewaretoken" in answer.content


@pytest.mark.parametrize("accepts", [SAFE, "identity"])
def test_caches_are_told_that_the_answer_depends_on_it_whichever_they_got(accepts):
    varies = ask(accepts).headers["Vary"].lower().split(", ")

    assert varies.count("accept-encoding") == 1
    assert "cookie" in varies


def test_the_same_page_has_another_length_each_time():
    answers = [ask(SAFE) for _ in range(12)]

    noises = {len(answer.headers["X-Noise"]) for answer in answers}

    assert len(noises) > 3
    assert {len(noise) <= 132 for noise in (answer.headers["X-Noise"] for answer in answers)} == {True}


def test_the_token_of_a_form_is_masked_anew_in_each_page():
    visitor = Client()
    first, second = (
        gzip.decompress(visitor.get(SIGN_IN, headers={"Accept-Encoding": "gzip"}).content) for _ in "12"
    )

    assert first != second


def test_every_page_with_a_form_is_protected_also_one_that_reports_an_error():
    visitor = Client()

    answer = visitor.post(SIGN_IN, {"login": "nobody", "password": ""}, headers={"Accept-Encoding": SAFE})

    assert b"csrfmiddlewaretoken" in zstd.decompress(answer.content)
    assert "X-Noise" in answer.headers


def test_a_stream_passes_as_it_comes(rf):
    answer = through(StreamingHttpResponse([b"a" * 5000]), rf)

    assert b"".join(answer.streaming_content) == b"a" * 5000
    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers


@pytest.mark.parametrize(
    "response",
    [
        HttpResponse(b"short"),
        HttpResponse(status=204),
        HttpResponse(b"x" * 5000, content_type="image/png"),
    ],
    ids=["tiny", "nothing", "picture"],
)
def test_what_would_not_get_smaller_is_left_alone(rf, response):
    content = response.content

    answer = through(response, rf)

    assert answer.content == content
    assert "Content-Encoding" not in answer.headers


def test_what_is_encoded_already_is_not_encoded_again(rf):
    answer = through(HttpResponse(b"x" * 5000, headers={"Content-Encoding": "br"}), rf)

    assert answer.content == b"x" * 5000
    assert answer.headers["Content-Encoding"] == "br"


def test_a_strong_tag_becomes_a_weak_one_which_a_browser_may_still_ask_with(rf):
    assert through(HttpResponse(b"x" * 5000, headers={"ETag": '"v1"'}), rf).headers["ETag"] == 'W/"v1"'


def test_a_style_sheet_is_not_compressed_a_second_time_on_its_way():
    answer = ask(SAFE, "/static/css/tokens.css")

    assert answer.status_code == 200
    assert "X-Noise" not in answer.headers
