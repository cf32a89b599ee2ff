"""The contacts: firms, people with names of their own, their tags."""

from integrations.activity.models import Business, Contact
from tests.benchmarks.account.clone import FIRST_ID, clone, moment, numbers, patterns, table
from tests.benchmarks.account.plan import CONTACTS

MODELS = (Contact, Business, Contact.tags.through)
FIRMS = 20_000
# What the list is searched for: a name of one, a name and a surname, a firm of each twentieth.
RARE, COMMON = "Quillfeather", "Harbourline"
RARE_AT, COMMON_EVERY, TWO_WORDS_AT = 1234, 20, 7777


def statements(now):
    yield from patterns("firm_pattern", Business.objects.present())
    yield clone(
        Business,
        f"(SELECT * FROM ({numbers(FIRMS)} SELECT n FROM number) AS counted) AS b"
        f" JOIN firm_pattern AS k ON k.place = b.n % {Business.objects.count()}"
        f" JOIN {table(Business)} AS p ON p.id = k.id",
        id=f"b.n + {FIRST_ID}",
        remote_id="'firm' || b.n",
        name="p.name || ' ' || b.n",
    )
    count = Contact.objects.present().exclude(first_name="").exclude(last_name="").count()
    yield f"CREATE TEMPORARY TABLE person AS {_people(count)}"
    # Nobody's latest item lies ahead, and what is open has not happened.
    yield (
        "CREATE TEMPORARY TABLE latest AS SELECT contact_id, max(at) AS at FROM item"
        f" WHERE NOT is_open AND at <= {now} GROUP BY contact_id"
    )
    yield clone(
        Contact,
        f"person AS c JOIN {table(Contact)} AS p ON p.id = c.pattern LEFT JOIN latest AS l ON l.contact_id = c.id",
        id="c.id",
        remote_id="'contact' || c.id",
        first_name="c.first_name",
        last_name="c.last_name",
        name="c.first_name || ' ' || c.last_name",
        email="c.email",
        phone="'+' || c.phone",
        company="c.company",
        business_remote_id=f"CASE p.business_remote_id WHEN '' THEN '' ELSE 'firm' || c.id % {FIRMS} END",
        sort_name="lower(c.first_name || ' ' || c.last_name)",
        search_text=(
            "lower(c.first_name || ' ' || c.last_name || ' ' || c.email || ' +' || c.phone || ' ' || c.company"
            " || ' ' || c.phone)"
        ),
        last_activity_at=moment("l.at"),
    )
    tags = Contact.tags.through
    tagged = f"person AS c JOIN {table(tags)} AS p ON p.contact_id = c.pattern"
    yield clone(tags, tagged, contact_id="c.id")


def _people(count):
    """First name of one pattern, last name of another, so that few share both."""
    last_name = f"CASE WHEN n = {RARE_AT} THEN '{RARE}' ELSE f.last_name END"
    company = f"CASE WHEN n % {COMMON_EVERY} = 0 THEN '{COMMON} Freight' ELSE p.company END"
    return (
        f"{numbers(CONTACTS - Contact.objects.count())}"
        f" SELECT n + {FIRST_ID} AS id, p.id AS pattern, p.first_name, {last_name} AS last_name,"
        f" 'person' || n || '@' || n % 977 || '.example' AS email, 12000000000 + n * 79193 % 7999999999 AS phone,"
        f" {company} AS company FROM number"
        f" JOIN contact_pattern AS k ON k.place = n % {count} JOIN {table(Contact)} AS p ON p.id = k.id"
        f" JOIN contact_pattern AS g ON g.place = n / {count} * 31 % {count}"
        f" JOIN {table(Contact)} AS f ON f.id = g.id"
    )


def facts():
    """What the list is searched for."""
    both = Contact.objects.get(pk=FIRST_ID + TWO_WORDS_AT)
    return {"rare": RARE.lower(), "common": COMMON.lower(), "two_words": f"{both.first_name} {both.last_name}"}
