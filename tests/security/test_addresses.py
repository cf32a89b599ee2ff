"""Whose request it is: what the trusted proxies saw, and nothing that a stranger wrote."""

import pytest
from django.test import RequestFactory

from integrations.security.addresses import client_address, counted_as


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        (2, "203.0.113.9", ""),
        (1, "unknown", ""),
        (1, "", ""),
        (1, "203.0.113.9, ", ""),
        (1, "2001:DB8::0001", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.9'; DROP", ""),
        (1, "203.0.113.9:51000", "203.0.113.9"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_is_the_one_that_the_outermost_trusted_proxy_saw(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies

    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(request) == address


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_request_that_says_nothing_has_no_address(settings, proxies):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/")
    request.META.pop("REMOTE_ADDR")

    assert client_address(request) == ""


def test_all_addresses_of_one_subscriber_count_as_one():
    assert counted_as("2001:db8::1") == counted_as("2001:db8:0:0:ffff::2") != counted_as("2001:db8:0:1::1")
    assert (counted_as("203.0.113.9"), counted_as("")) == ("203.0.113.9", "")
