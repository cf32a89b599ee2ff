"""People and places for every test: Alice the rep, Bob the manager, Carol the admin, Mallory the stranger."""

import pytest
from django.conf import settings
from django.utils import timezone

from integrations.workspace.models import Membership, User, Workspace
from tests.contract.conftest import pytest_terminal_summary  # noqa: F401  said in the summary of any run
from tests.sync.fake import FakeProvider


def pytest_configure():
    # Slow on purpose in production; a suite that signs in a thousand times proves nothing by it.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # else every test client warns that it is missing


PASSWORD = "correct horse battery"


@pytest.fixture
def workspace(db):
    return Workspace.objects.create(name="Cedar North", timezone="America/New_York", provider="fake")


@pytest.fixture
def other_workspace(db):
    return Workspace.objects.create(name="Cedar South", timezone="Europe/London", provider="fake")


def person(email, workspace, role):
    user = User.objects.create_user(email, PASSWORD, first_name=email.partition("@")[0].title())
    Membership.objects.create(user=user, workspace=workspace, role=role)
    return user


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
    from integrations.sync import registry

    settings.SYNC_PROVIDERS = {"fake": "tests.sync.fake.FakeProvider", **settings.SYNC_PROVIDERS}
    registry.provider.cache_clear()
    provider = registry.provider("fake")
    assert isinstance(provider, FakeProvider)
    yield provider
    registry.provider.cache_clear()


@pytest.fixture
def now():
    return timezone.now()
