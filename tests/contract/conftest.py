"""One visit to a sandbox in each generation, recorded; and a loud word when there is nothing to compare with."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from integrations.ghl.client import GENERATIONS
from tests.contract.beyond import play_by_hand
from tests.contract.checker import Difference, differences
from tests.contract.exchanges import Exchange, Recorder
from tests.contract.refusals import provoke
from tests.contract.scenario import Visit, play
from tests.contract.specification import FOLDER, MISSING, REMEDY, Specification
from tests.sandbox.process import running


def demand(folder: Path, environment: Mapping[str, str]) -> None:
    """Skips where the specification is absent, as on a user's machine; fails where CI is set."""
    if folder.is_dir():
        return
    # A green build that compared nothing would be a lie.
    if environment.get("CI", "").lower() not in ("", "0", "false"):
        pytest.fail(f"{MISSING} {REMEDY}", pytrace=False)
    pytest.skip(MISSING)


@pytest.fixture(scope="session")
def specifications() -> dict[str, Specification]:
    demand(FOLDER, os.environ)
    return {generation: Specification(generation) for generation in GENERATIONS}


@pytest.fixture(scope="session")
def exchanges(specifications: object) -> list[Exchange]:
    """Everything that was said in both generations, good requests and spoilt ones."""
    heard: list[Exchange] = []
    with running() as sandbox:
        for generation in GENERATIONS:
            visit = Visit(sandbox, generation, Recorder(generation))
            play(visit)
            provoke(visit)
            play_by_hand(visit)
            heard += visit.recorder.exchanges
    return heard


@pytest.fixture(scope="session")
def seen(exchanges: list[Exchange], specifications: dict[str, Specification]) -> set[Difference]:
    """Every difference between what was said and what is published."""
    return {one for said in exchanges for one in differences(said, specifications[said.generation])}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not FOLDER.is_dir():
        terminalreporter.section("contract", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"{MISSING} {REMEDY}", red=True)
