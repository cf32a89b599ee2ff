"""Taking up a database in which the demo's people were told by their address, and people could add addresses."""

import io

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from integrations.workspace import demo

BEFORE = [("workspace", "0002_presence")]
AFTER = [("workspace", "0003_demo_people_flag")]


@pytest.fixture
def earlier(transactional_db):
    """The models of the earlier database; today's comes back afterwards."""
    executor = MigrationExecutor(connection)
    executor.migrate(BEFORE)
    yield executor.loader.project_state([*BEFORE, ("account", "0009_emailaddress_unique_primary_email")]).apps
    MigrationExecutor(connection).migrate(AFTER)


@pytest.fixture
def people(earlier):
    user = earlier.get_model("workspace", "User")
    rows = [user.objects.create(email=email) for email in ("Rep@Demo.example", "dana@example.com")]
    address = earlier.get_model("account", "EmailAddress")
    address.objects.create(user=rows[1], email="boss@example.com", verified=False)


def later(app: str, model: str):
    executor = MigrationExecutor(connection)
    executor.migrate(AFTER)
    return executor.loader.project_state(AFTER).apps.get_model(app, model).objects


def test_the_demos_people_are_flagged_once(people):
    assert dict(later("workspace", "User").values_list("email", "is_demo")) == {
        "Rep@Demo.example": True,
        "dana@example.com": False,
    }


def test_addresses_that_people_added_are_forgotten(people):
    assert later("account", "EmailAddress").count() == 0


def test_before_it_they_are_shut_out_by_address(people, settings, tmp_path):
    settings.DATA_DIR = tmp_path

    assert demo.people().values_list("email", flat=True).get() == "Rep@Demo.example"
    call_command("demo_people", "--shut-out", stdout=io.StringIO())

    active = dict(later("workspace", "User").values_list("email", "is_active"))
    assert active == {"Rep@Demo.example": False, "dana@example.com": True}
