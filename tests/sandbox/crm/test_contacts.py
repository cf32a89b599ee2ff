"""Contacts: reading, searching, paging, filtering, writing."""

import itertools

import pytest

from tests.sandbox.process import V3, Sandbox


def pages(sandbox: Sandbox, **body):
    """Every page of a search, led on by the last row's searchAfter."""
    after = None
    while True:
        page = sandbox.search(**body, **({"searchAfter": after} if after else {}))["contacts"]
        yield page
        if len(page) < body["pageLimit"]:
            return
        after = page[-1]["searchAfter"]


def test_search_after_leads_through_every_contact_exactly_once(large_sandbox):
    seen = [row["id"] for page in pages(large_sandbox, pageLimit=500) for row in page]
    assert len(seen) == len(set(seen)) == 12_000


def test_page_numbers_end_at_ten_thousand_records(large_sandbox):
    last = large_sandbox.search(pageLimit=500, page=20)
    assert len(last["contacts"]) == 500
    assert last["total"] == 12_000
    body = {"locationId": large_sandbox.location_id, "pageLimit": 500, "page": 21}
    assert large_sandbox.call("POST", "/contacts/search", json=body).status_code == 400


def test_an_incremental_pull_sees_only_what_changed_since(large_sandbox):
    everything = [row for page in pages(large_sandbox, pageLimit=500) for row in page]
    watermark = sorted(row["dateUpdated"] for row in everything)[-700]
    changed = {row["id"] for row in everything if row["dateUpdated"] >= watermark}
    wanted = {
        "pageLimit": 200,
        "filters": [{"field": "dateUpdated", "operator": "range", "value": {"gte": watermark}}],
        "sort": [{"field": "dateUpdated", "direction": "asc"}],
    }
    rows = [row for page in pages(large_sandbox, **wanted) for row in page]
    assert [row["dateUpdated"] for row in rows] == sorted(row["dateUpdated"] for row in rows)
    assert {row["id"] for row in rows} == changed
    assert large_sandbox.search(**wanted)["total"] == len(changed) == 700


def test_page_and_search_after_are_never_sent_together(sandbox):
    row = sandbox.search()["contacts"][0]
    body = {"locationId": sandbox.location_id, "pageLimit": 5, "page": 1, "searchAfter": row["searchAfter"]}
    assert sandbox.call("POST", "/contacts/search", json=body).status_code == 400


@pytest.mark.parametrize(
    "field", ["email", "dnd", "source", "firstNameLowerCase", "lastNameLowerCase", "dateAdded"]
)
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_every_sortable_field_pages_without_gaps(sandbox, field, direction):
    sort = [{"field": field, "direction": direction}]
    rows = [row for page in pages(sandbox, pageLimit=60, sort=sort) for row in page]
    assert len({row["id"] for row in rows}) == len(rows) == sandbox.search()["total"]
    values = [row[field] for row in rows if row[field] is not None]
    assert values == sorted(values, reverse=direction == "desc")


def test_two_sort_fields_break_ties_in_turn(sandbox):
    sort = [{"field": "source", "direction": "asc"}, {"field": "lastNameLowerCase", "direction": "desc"}]
    rows = [row for page in pages(sandbox, pageLimit=100, sort=sort) for row in page if row["source"]]
    for _, group in itertools.groupby(rows, key=lambda row: row["source"]):
        names = [row["lastNameLowerCase"] for row in group if row["lastNameLowerCase"]]
        assert names == sorted(names, reverse=True)


def test_filters_combine_in_groups(sandbox):
    filters = [
        {"field": "country", "operator": "eq", "value": "US"},
        {
            "group": "OR",
            "filters": [
                {"field": "tags", "operator": "eq", "value": "vip"},
                {"field": "companyName", "operator": "contains", "value": "dental"},
            ],
        },
    ]
    found = sandbox.search(pageLimit=500, filters=filters)
    rows = sandbox.search(pageLimit=500)["contacts"]
    expected = {
        row["id"] for row in rows if "vip" in row["tags"] or "dental" in (row["companyName"] or "").lower()
    }
    assert {row["id"] for row in found["contacts"]} == expected
    assert found["total"] == len(expected) > 0


@pytest.mark.parametrize(
    ("operator", "value", "keeps"),
    [
        ("eq", "Referral", lambda source: source == "Referral"),
        ("not_eq", "Referral", lambda source: source != "Referral"),
        ("contains", "ad", lambda source: "ad" in (source or "").lower()),
        ("not_contains", "ad", lambda source: "ad" not in (source or "").lower()),
        ("exists", None, lambda source: bool(source)),
        ("not_exists", None, lambda source: not source),
    ],
)
def test_each_operator_keeps_what_it_says(sandbox, operator, value, keeps):
    filters = [{"field": "source", "operator": operator, "value": value}]
    found = {row["id"] for row in sandbox.search(pageLimit=500, filters=filters)["contacts"]}
    rows = sandbox.search(pageLimit=500)["contacts"]
    assert found == {row["id"] for row in rows if keeps(row["source"])}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"pageLimit": None}, 422, "pageLimit should not be empty"),
        ({"pageLimit": 501}, 422, "pageLimit"),
        ({"colour": "red"}, 422, "property colour should not exist"),
        ({"query": "x" * 76}, 422, "75"),
        (
            {"filters": [{"field": "contact_name", "operator": "eq", "value": "x"}]},
            400,
            "Invalid field contact_name",
        ),
        ({"filters": [{"field": "dateUpdated", "operator": "eq", "value": "x"}]}, 400, "Invalid operator"),
        ({"filters": [{"field": "dateAdded", "operator": "range", "value": {"from": 1}}]}, 400, "Invalid range"),
        ({"sort": [{"field": "phone", "direction": "asc"}]}, 400, "Invalid field phone"),
        ({"sort": {"field": "email"}}, 422, "sort must be an array"),
        ({"searchAfter": ["what", 1, 2]}, 400, "Invalid searchAfter"),
    ],
)
def test_a_bad_search_is_refused_in_words(sandbox, body, status, says):
    answer = sandbox.call(
        "POST", "/contacts/search", json={"locationId": sandbox.location_id, "pageLimit": 5} | body
    )
    assert answer.status_code == status
    assert says in str(answer.json()["message"])


def test_the_old_list_pages_by_its_meta_in_both_generations(sandbox):
    for version in ("2021-07-28", V3):
        seen, query = [], f"locationId={sandbox.location_id}&limit=100"
        path = f"/contacts/?{query}"
        while path:
            page = sandbox.get(path, version=version)
            seen += [row["id"] for row in page["contacts"]]
            path = page["meta"]["nextPageUrl"].removeprefix(sandbox.url)
        assert len(seen) == len(set(seen)) == page["meta"]["total"]


def test_the_old_list_takes_a_hundred_at_most(sandbox):
    answer = sandbox.call("GET", f"/contacts/?locationId={sandbox.location_id}&limit=101")
    assert answer.status_code == 422


def test_search_rows_have_no_channel_settings_and_single_contacts_spell_them_by_generation(sandbox):
    contact_id = next(row["id"] for row in sandbox.state(kinds="contact") if row["dndSettings"])
    row = next(row for row in sandbox.search(pageLimit=500)["contacts"] if row["id"] == contact_id)
    assert "dndSettings" not in row
    old = sandbox.get(f"/contacts/{contact_id}")["contact"]["dndSettings"]
    new = sandbox.get(f"/contacts/{contact_id}", version=V3)["contact"]["dndSettings"]
    assert {key.lower() for key in old} == {key.lower() for key in new}
    assert all(key[0].isupper() for key in old)
    assert all(key[0].islower() for key in new)


def test_a_business_lists_its_people(sandbox):
    row = next(row for row in sandbox.search(pageLimit=500)["contacts"] if row["businessId"])
    path = f"/contacts/business/{row['businessId']}?locationId={sandbox.location_id}&limit=100"
    people = sandbox.get(path)["contacts"]
    assert row["id"] in {person["id"] for person in people}
    assert {person["businessId"] for person in people} == {row["businessId"]}


def test_a_contact_is_created_changed_tagged_and_deleted(sandbox):
    body = {"locationId": sandbox.location_id, "firstName": "Ada", "email": "ada@new.example", "tags": ["VIP"]}
    made = sandbox.call("POST", "/contacts/", json=body)
    assert made.status_code == 201
    contact = made.json()["contact"]
    path = f"/contacts/{contact['id']}"
    assert contact["tags"] == ["vip"]
    changed = sandbox.call("PUT", path, json={"lastName": "Byron"}).json()
    assert changed["succeded"] is True
    assert changed["contact"]["dateUpdated"] >= contact["dateUpdated"]
    assert sandbox.call("POST", f"{path}/tags", json={"tags": ["a"]}).json()["tags"] == ["vip", "a"]
    assert sandbox.call("DELETE", f"{path}/tags", json={"tags": ["vip"]}).json()["tags"] == ["a"]
    newest = sandbox.search(sort=[{"field": "dateUpdated", "direction": "desc"}])["contacts"][0]
    assert (newest["id"], newest["lastName"]) == (contact["id"], "Byron")
    assert sandbox.call("DELETE", path, version=V3).json()["succeeded"] is True
    assert sandbox.call("GET", path).status_code == 400
    assert contact["id"] not in {row["id"] for row in sandbox.search(pageLimit=500)["contacts"]}


def test_a_taken_address_is_refused_with_the_twin(sandbox):
    twin = next(row for row in sandbox.search(pageLimit=500)["contacts"] if row["email"] and row["contactName"])
    body = {"locationId": sandbox.location_id, "email": twin["email"]}
    answer = sandbox.call("POST", "/contacts/", json=body)
    assert answer.status_code == 400
    assert answer.json()["meta"] == {
        "contactId": twin["id"],
        "matchingField": "email",
        "contactName": twin["contactName"],
    }


def test_an_update_may_not_name_the_sub_account(sandbox):
    contact_id = sandbox.new_contact()
    answer = sandbox.call("PUT", f"/contacts/{contact_id}", json={"locationId": sandbox.location_id})
    assert answer.status_code == 422
    assert answer.json()["message"] == ["property locationId should not exist"]
