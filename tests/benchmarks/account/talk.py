"""What was said with one contact: 5,000 texts, eight on each day that anything was, beside its 30 items."""

from integrations.activity.models import ActivityEntry, Message
from tests.benchmarks.account.clone import FIRST_ID, clone, document, moment, numbers, patterns, table
from tests.benchmarks.account.plan import DAY, ITEMS

MODELS = (Message, ActivityEntry)
MESSAGES, A_DAY, TALKER_AT = 5_000, 8, 6_000
TALKER = FIRST_ID + TALKER_AT
IS_INBOUND = "(m.n % 2 = 0)"
FACTS = '{{"channel": "sms", "inbound": {}, "status": "delivered", "conversation": "talk"}}'


def statements(now):
    texts = Message.objects.present().filter(pk__lt=FIRST_ID, channel="sms").exclude(contact=None)
    yield from patterns("text_pattern", texts)
    at = moment(f"{now - 3600} - m.n / {A_DAY} * {DAY} - m.n % {A_DAY} * 600")
    said = f"({numbers(MESSAGES)} SELECT n FROM number) AS m"
    said += f" JOIN text_pattern AS k ON k.place = m.n % {texts.count()}"
    common = {"remote_id": "'message' || m.n", "contact_id": f"{TALKER}"}
    yield clone(
        Message,
        f"{said} JOIN {table(Message)} AS p ON p.id = k.id",
        id=f"m.n + {FIRST_ID}",
        contact_remote_id=f"'contact' || {TALKER}",
        conversation_remote_id="'talk'",
        is_inbound=IS_INBOUND,
        sent_at=at,
        updated_at=at,
        **common,
    )
    yield clone(
        ActivityEntry,
        f"{said} JOIN {table(ActivityEntry)} AS p ON p.kind = 'message' AND p.source_id = k.id",
        id=f"m.n + {FIRST_ID + ITEMS}",
        source_id=f"m.n + {FIRST_ID}",
        type=f"CASE WHEN {IS_INBOUND} THEN 'message.inbound' ELSE 'message.outbound' END",
        occurred_at=at,
        changed_at=at,
        facts=document(f"CASE WHEN {IS_INBOUND} THEN '{FACTS.format('true')}' ELSE '{FACTS.format('false')}' END"),
        **common,
    )


def facts():
    """Who it is."""
    return {"talker": TALKER}
