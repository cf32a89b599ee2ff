"""A page that is a form begins in its first field."""

import pytest


@pytest.mark.parametrize(
    ("path", "name"), [("/account/login/", "login"), ("/account/password/change/", "oldpassword")]
)
def test_its_first_field_has_the_focus(client, as_alice, path, name):
    browser = client if name == "login" else as_alice
    page = browser.get(path).content.decode()
    assert page.count(" autofocus") == 1
    field = next(part for part in page.split("<input") if f'name="{name}"' in part)
    assert " autofocus" in field.partition(">")[0]
