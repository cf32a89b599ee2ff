"""People and places for every test: Alice the rep, Bob the manager, Carol the admin, Mallory the stranger."""

import gc
import os
import signal

import pytest
from django.conf import settings
from django.db import connection as database
from django.utils import timezone
from hypothesis import settings as hypothesis
from whitenoise.middleware import WhiteNoiseMiddleware

from integrations.connections.models import Connection
from integrations.ghl.models import Location
from integrations.sync import doorbell
from integrations.workspace.models import Membership, User, Workspace
from tests import emptying, postgres, ready, stack, without_database
from tests.contract.conftest import pytest_terminal_summary  # noqa: F401  said in the summary of any run
from tests.sync.fake import FakeProvider


def pytest_configure():
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # what nohup ignores, every process started from here would
    # Slow on purpose in production; a suite that signs in a thousand times proves nothing by it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # else every test client warns that it is missing
    hypothesis.register_profile("suite", deadline=None)  # a busy machine is no fault
    hypothesis.load_profile("suite")
    emptying.use()
    stack.use()
    find_static_files_once()


def find_static_files_once():
    """A server looks for them when it starts; each client of a test is such a start."""
    look, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def once(middleware):
        if not found:
            look(middleware)
            found.update(middleware.files)
        middleware.files.update(found)

    WhiteNoiseMiddleware.add_files_from_finders = once


def pytest_collection_finish():
    # The suite itself is a million objects that stay: nobody looks through them for garbage again.
    gc.collect()
    gc.freeze()


def pytest_itemcollected(item):
    without_database.mark(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    with pytest.MonkeyPatch.context() as patch:
        # Whatever a test loads: a process of tests is no web process, and rings at once.
        patch.setattr(doorbell, "_behind", None)
        if without_database.is_marked(item):
            without_database.lead_nowhere(patch)
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if without_database.is_marked(item):
        without_database.refuse(item)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings):
    """Whether there is a database already: beside other processes, a copy of the one migrated for all of them."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return False
    is_embedded, given = database.vendor == "sqlite", database.settings_dict["TEST"]
    if is_embedded:
        ready.copy_database(given["NAME"])
    else:
        given["TEMPLATE"] = postgres.migrated()[1]
    return is_embedded


def pytest_sessionfinish():
    postgres.finish()
    if "PYTEST_XDIST_WORKER" not in os.environ:
        postgres.drop_migrated()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """No test takes the power away, so nobody waits for the disk."""
    with django_db_blocker.unblock(), database.cursor() as cursor:
        if database.vendor == "postgresql":
            cursor.execute(f"ALTER DATABASE {database.settings_dict['NAME']} SET synchronous_commit = off")
    database.close()


PASSWORD = "correct horse battery"


def a_workspace(name, timezone="UTC", provider="fake", **fields):
    """A workspace with its home connection."""
    place = Workspace.objects.create(name=name, timezone=timezone)
    known = {"external_id": f"{provider}-{place.pk}", "may_write": True}
    Connection.objects.create(workspace=place, provider=provider, **(known | fields))
    return place


def of_ghl(connection, external_id="loc", **fields):
    """Make an account one of GHL's: `fields` are columns of the connection or of its location."""
    own = {field.name for field in Connection._meta.concrete_fields}
    known = {"provider": "ghl", "external_id": external_id, "may_write": False}
    for name, value in {**known, **{name: fields.pop(name) for name in set(fields) & own}}.items():
        setattr(connection, name, value)
    connection.save()
    Location.objects.create(
        connection=connection, **{"kind": "private", "access_token": "pit-of-a-test", **fields}
    )
    return connection


def home_of(place):
    """The home connection of a workspace."""
    return Connection.objects.home().select_related("workspace").get(workspace=place)


@pytest.fixture
def workspace(db):
    return a_workspace("Cedar North", "America/New_York")


@pytest.fixture
def other_workspace(db):
    return a_workspace("Cedar South", "Europe/London")


@pytest.fixture
def connection(workspace):
    """The home connection of `workspace`."""
    return home_of(workspace)


def person(email, workspace, role):
    user = User.objects.create_user(email, PASSWORD, first_name=email.partition("@")[0].title())
    Membership.objects.create(user=user, workspace=workspace, role=role)
    return user


@pytest.fixture
def other_connection(other_workspace):
    """The home connection of `other_workspace`."""
    return home_of(other_workspace)


@pytest.fixture
def alice(workspace):
    return person("alice@example.com", workspace, Membership.Role.REP)


@pytest.fixture
def bob(workspace):
    return person("bob@example.com", workspace, Membership.Role.MANAGER)


@pytest.fixture
def carol(workspace):
    return person("carol@example.com", workspace, Membership.Role.ADMIN)


@pytest.fixture
def mallory(other_workspace):
    return person("mallory@example.com", other_workspace, Membership.Role.ADMIN)


@pytest.fixture
def staff(db):
    return User.objects.create_superuser("staff@example.com", PASSWORD)


@pytest.fixture
def remote(settings):
    """A provider that answers from memory; the engine finds it through the registry like any other."""
    from integrations.connections import registry

    settings.SYNC_PROVIDERS = {"fake": "tests.sync.fake.FakeProvider", **settings.SYNC_PROVIDERS}
    registry.provider.cache_clear()
    provider = registry.provider("fake")
    assert isinstance(provider, FakeProvider)
    yield provider
    registry.provider.cache_clear()


@pytest.fixture
def now():
    return timezone.now()
