"""Running sandboxes for these tests. Whoever changes records works on contacts of its own."""

from collections.abc import Iterator

import pytest

from tests.sandbox.process import Sandbox, running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The demo world: 250 contacts, shared by all tests that do not turn global knobs."""
    with running() as started:
        yield started


@pytest.fixture
def own_sandbox() -> Iterator[Sandbox]:
    """A small world of the test's own, for faults, limits, tokens and counters."""
    with running("--contacts", "20") as started:
        yield started


@pytest.fixture(scope="session")
def large_sandbox() -> Iterator[Sandbox]:
    """More contacts than page numbers can reach."""
    with running("--contacts", "12000") as started:
        yield started
