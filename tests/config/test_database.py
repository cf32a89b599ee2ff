"""What an address of PostgreSQL says of the plans that are kept there."""

import pytest

from config import database


@pytest.mark.parametrize(
    ("said", "kept_from"), [("", 1), ("?prepare_threshold=5", 5), ("?prepare_threshold=none", None)]
)
def test_an_address_may_say_from_when_on_plans_are_kept_or_that_none_is(tmp_path, said, kept_from):
    found = database.configured(f"postgres://me@server/name{said}", tmp_path, wait_seconds=1)

    assert found["OPTIONS"]["prepare_threshold"] == kept_from
    assert found["OPTIONS"]["connect_timeout"] == database.CONNECT_SECONDS
