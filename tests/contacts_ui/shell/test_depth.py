"""How far down a page is drawn again, told by the address that its browser has."""

import pytest

PARTS = ["/sync/", "/changes/", "/businesses/{firm}/"]
# What no browser has for an address: urllib raises for the first two.
ODD = [
    "http://[",
    "http://[::1/changes/?rows=9",
    "//",
    "http://testserver:port/?rows=9",
    "é\x7f",
    "javascript:1",
    " ",
]


@pytest.fixture
def address_of(workspace, make_business):
    firm = make_business(workspace, "Parkway Dental Group")
    return lambda part: part.format(firm=firm.pk)


@pytest.mark.parametrize("said", ODD)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_drawn_whatever_its_page_says_its_address_is(client, bob, address_of, part, said):
    client.force_login(bob, "allauth.account.auth_backends.AuthenticationBackend")
    headers = {"HX-Request": "true", "HX-Current-URL": said}
    assert client.get(address_of(part), headers=headers).status_code == 200
