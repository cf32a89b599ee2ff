"""A business is found by its name as people tell names apart, the same on either database."""

import pytest

from integrations.activity import firms
from integrations.activity.models import Business

pytestmark = pytest.mark.django_db


@pytest.fixture
def called(connection, now):
    def make(*names):
        for name in names:
            known = {"workspace": connection.workspace, "remote_id": f"b {name}", "fetched_at": now}
            Business.objects.create(connection=connection, name=name, **known)
        return lambda name: firms.named(connection.pk, name)

    return make


@pytest.mark.parametrize(
    "typed", ["Café Öster", "café öster", "CAFÉ ÖSTER", "Cafe Oster", "CAFE\u0301 O\u0308STER"]
)
def test_case_and_accents_do_not_matter(called, typed):
    assert called("Café Öster", "Cedar")(typed) == ["b Café Öster"]


def test_the_one_that_is_called_exactly_so_is_meant(called):
    find = called("Cafe", "Café")

    assert (find("Cafe"), find("Café")) == (["b Cafe"], ["b Café"])
    assert find("CAFE") == ["b Cafe", "b Café"]


def test_what_nobody_is_called_is_not_found(called):
    assert called("Cedar")("Cedar North") == []
