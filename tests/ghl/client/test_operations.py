"""The table of operations, held against the published specification."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from integrations.ghl.client import GENERATIONS, OPERATIONS
from tests.contract.conftest import demand
from tests.ghl.client.scripted import client_for

PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "ghl-openapi"
# The app marketplace describes it; no file of the specification does.
UNPUBLISHED = {"uninstall"}
# Its file lists no header and, in one generation, no scope; live, nothing is answered without them.
BARE = {"get_email"}


def published(generation: str) -> dict[tuple[str, str], Any]:
    """Every route of one generation: (method, path with anonymous places) -> its description."""
    files = (PUBLISHED / generation).glob("*.json")
    routes = [(path, methods) for file in files for path, methods in json.loads(file.read_text())["paths"].items()]
    return {
        (method.upper(), anonymous(path)): route for path, methods in routes for method, route in methods.items()
    }


def anonymous(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_operation_is_published_with_this_version_and_scope(generation):
    demand(PUBLISHED, os.environ)
    routes = published(generation)

    for operation in OPERATIONS[generation].values():
        if operation.name in UNPUBLISHED | BARE:
            continue
        route = routes[operation.method, anonymous(operation.path)]
        versions = [p["schema"]["enum"] for p in route.get("parameters", []) if p["name"] == "Version"]
        scopes = {scope for needs in route.get("security", []) for names in needs.values() for scope in names}

        assert versions == ([[operation.version]] if operation.version else []), operation.name
        assert scopes == ({operation.scope} if operation.scope else set()), operation.name


def test_calendars_keep_their_older_version_in_the_dated_generation():
    table = OPERATIONS["2021-07-28"]

    assert table["list_events"].version == "2021-04-15"
    assert table["search_contacts"].version == "2021-07-28"


def test_both_generations_know_the_same_operations_and_no_deprecated_listing():
    assert set(OPERATIONS["2021-07-28"]) == set(OPERATIONS["v3"])
    assert "list_contacts" not in OPERATIONS["v3"]


def test_only_what_changes_something_for_people_is_a_write():
    table = OPERATIONS["v3"].values()
    writes = {operation.name for operation in table if operation.write}
    changing = ("create_", "update_", "delete_", "complete_", "add_", "remove_", "set_")

    assert writes == {operation.name for operation in table if operation.name.startswith(changing)} | {"uninstall"}
    assert all(operation.method != "GET" for operation in table if operation.write)


def test_unknown_generation_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match="'v4' is unknown; use one of 2021-07-28, v3"):
        client_for(None, generation="v4")
