"""Initials and tints."""

import pytest

from contacts_ui.formatting import avatars


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Dana Whitlock", "DW"),
        ("Maximiliana von und zu Hohenlohe", "MH"),
        ("madonna", "M"),
        ("łukasz parke", "ŁP"),
        ("رنا باركلي", "رب"),
        ("🦷 Tooth 👍🏽 Fairy", "TF"),
        ("🦷 👍🏽", "?"),
        ("", "?"),
        ("(Dr.) O'Hara", "DO"),
        ("田中 太郎", "田"),
        ("é́ric", "É́"),
        ("ßtraße", "ß"),
    ],
)
def test_initials_hold_letters_of_any_script_and_nothing_else(name, letters):
    assert avatars.initials(name) == letters


def test_a_tint_is_the_same_for_a_key_on_every_machine():
    assert [avatars.tint(key) for key in ("a", "b", "c", 7)] == [avatars.tint(key) for key in ("a", "b", "c", "7")]
    assert {avatars.tint(number) for number in range(50)} == {1, 2, 3, 4}
