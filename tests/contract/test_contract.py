"""Every operation on both sides: what the client sends and what the sandbox answers, against what is published."""

import pytest

from integrations.ghl.client import GENERATIONS, OPERATIONS
from tests.contract.beyond import OPERATIONS as BY_HAND
from tests.contract.known_deviations import KNOWN_DEVIATIONS
from tests.contract.refusals import WITHOUT_SUCH_A_REFUSAL, expected_statuses

# One sandbox and one visit, whatever the number of test workers.
pytestmark = pytest.mark.xdist_group("contract")


def in_lines(found, advice):
    """A failure that can be read: pytest shortens a long list to its ends."""
    return "\n".join([advice, *(f"  {one.generation} {one.operation}: {one.what}" for one in found)])


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_operation_of_the_client_was_answered_well(generation, exchanges):
    answered = {one.operation for one in exchanges if one.generation == generation and one.succeeded}

    assert answered >= set(OPERATIONS[generation]), "tests/contract/scenario.py leaves operations out"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_operation_refused_in_all_its_ways(generation, exchanges):
    heard = {(one.operation, one.response.status) for one in exchanges if one.generation == generation}
    wanted = {
        (operation.name, status)
        for operation in OPERATIONS[generation].values()
        if operation.name not in WITHOUT_SUCH_A_REFUSAL
        for status in expected_statuses(operation)
    }

    assert not wanted - heard, "these refusals were provoked and did not come"


def test_the_sandboxs_other_operations_were_answered_well(exchanges):
    assert {one.operation for one in exchanges if one.succeeded} >= BY_HAND


def test_nothing_differs_from_the_published_files_but_what_the_table_knows(seen):
    surprises = sorted(one for one in seen if not any(row.excuses(one) for row in KNOWN_DEVIATIONS))

    advice = "Mend the side that is wrong; where the live API is known to differ, add a row with the reason."
    assert not surprises, in_lines(surprises, advice)


def test_every_row_of_the_table_is_still_seen(seen):
    stale = [one for row in KNOWN_DEVIATIONS for one in row.unseen(seen)]

    assert not stale, in_lines(stale, "No longer seen: remove these from tests/contract/known_deviations.py.")


def test_no_row_excuses_a_breach_of_our_own_schemas():
    excused = [what for row in KNOWN_DEVIATIONS for what in row.what]

    assert not [what for what in excused if "our schema" in what or "schema of ours" in what]
