"""GHL answers nobody for a while: the ticks of the meantime ask little, and go out once when it is back."""

import pytest
from django.utils import timezone

from integrations.sync import jobs
from integrations.sync.models import Write
from integrations.sync.push import outbox

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("fault", ["502", "reset"])
def test_eight_ticks_in_an_outage_cost_what_three_do_and_all_go_out_once(account, fault):
    account.sandbox.admin("faults", {"spec": f"{fault}=1"})
    account.wish(1)
    deliver_due()
    of_one = account.sandbox.counts()["requests"]
    account.wish(7)
    deliver_due()

    assert account.sandbox.counts()["requests"] <= Write.SEVERAL * of_one
    assert not Write.objects.exclude(reason__endswith=Write.WORKS_AGAIN).exists()

    account.sandbox.admin("faults", {"spec": ""})
    jobs.work_until_idle(timeout=120)
    assert set(Write.objects.values_list("state", flat=True)) == {Write.State.CONFIRMED}
    assert account.doubled() == []


def deliver_due():
    for pk in list(Write.objects.due(timezone.now()).filter(attempts=0).values_list("pk", flat=True)):
        outbox.deliver(pk)
