"""Writes to contacts: upsert, duplicates, what a body may say, tags and firms of many at once."""

import pytest

from tests.sandbox.process import V3, Sandbox


@pytest.fixture
def upsert(sandbox):
    def send(**body):
        return sandbox.call("POST", "/contacts/upsert", json={"locationId": sandbox.location_id} | body)

    return send


def create(sandbox: Sandbox, **body):
    return sandbox.call("POST", "/contacts/", json={"locationId": sandbox.location_id} | body)


def contact(sandbox: Sandbox, contact_id: str):
    return sandbox.get(f"/contacts/{contact_id}")["contact"]


def test_an_upsert_makes_a_contact_once_and_changes_it_from_then_on(sandbox, upsert):
    made = upsert(email="zoe@upsert.example", firstName="Zoe", tags=["New"])
    again = upsert(email="ZOE@upsert.example", city="Derby", tags=["old"])

    assert (made.status_code, made.json()["new"]) == (200, True)
    assert (again.status_code, again.json()["new"]) == (200, False)
    assert again.json()["contact"]["id"] == made.json()["contact"]["id"]
    shown = contact(sandbox, made.json()["contact"]["id"])
    # Tags are replaced as a whole; what was not named stays.
    assert (shown["firstName"], shown["city"], shown["tags"]) == ("Zoe", "Derby", ["old"])


def test_an_upsert_that_fits_two_people_changes_the_one_with_the_email_and_drops_the_phone(sandbox, upsert):
    mail, phone = sandbox.new_contact(email="two@upsert.example"), sandbox.new_contact(phone="+15550142")

    answer = upsert(email="two@upsert.example", phone="+15550142", city="Derby").json()

    assert (answer["new"], answer["contact"]["id"]) == (False, mail)
    assert "phone" not in contact(sandbox, mail)
    assert contact(sandbox, mail)["city"] == "Derby"
    assert contact(sandbox, phone)["phone"] == "+15550142"


def test_a_location_that_allows_duplicates_makes_another_when_it_is_asked_to(own_sandbox):
    own_sandbox.admin("location", {"allows_duplicates": True})
    asked = {"locationId": own_sandbox.location_id, "email": "same@upsert.example"}
    ids = [
        own_sandbox.call("POST", "/contacts/upsert", json=asked | more).json()["contact"]["id"]
        for more in ({}, {"createNewIfDuplicateAllowed": True}, {})
    ]
    assert ids[0] == ids[2] != ids[1]
    assert own_sandbox.call("POST", "/contacts/", json=asked).status_code == 201


def test_the_flag_means_nothing_where_duplicates_are_not_allowed(sandbox, upsert):
    first = upsert(email="flag@upsert.example").json()["contact"]["id"]

    assert upsert(email="flag@upsert.example", createNewIfDuplicateAllowed=True).json()["contact"]["id"] == first


def test_a_duplicate_is_found_by_email_first_and_by_an_encoded_number(sandbox):
    mail, phone = sandbox.new_contact(email="seek@dup.example"), sandbox.new_contact(phone="+15550143")
    path = f"/contacts/search/duplicate?locationId={sandbox.location_id}"

    assert sandbox.get(f"{path}&email=seek@dup.example&number=%2B15550143")["contact"]["id"] == mail
    assert sandbox.get(f"{path}&number=%2B15550143")["contact"]["id"] == phone
    assert sandbox.get(f"{path}&number=+15550143")["contact"] is None
    assert sandbox.call("GET", path).status_code == 400


def test_an_address_of_somebody_else_is_refused_in_an_update_too(sandbox):
    first, second = sandbox.new_contact(email="mine@dup.example"), sandbox.new_contact(firstName="Other")

    taken = sandbox.call("PUT", f"/contacts/{second}", json={"email": "mine@dup.example"})

    assert (taken.status_code, taken.json()["meta"]["contactId"]) == (400, first)
    assert sandbox.call("PUT", f"/contacts/{first}", json={"email": "mine@dup.example"}).ok


def test_null_empties_a_field_where_the_api_knows_null(sandbox):
    contact_id = sandbox.new_contact(email="gone@null.example", phone="+15550144", source="ad", city="Derby")

    sandbox.call("PUT", f"/contacts/{contact_id}", json={"email": None, "source": None, "city": ""})

    assert not {"email", "source", "city"} & contact(sandbox, contact_id).keys()
    assert contact(sandbox, contact_id)["phone"] == "+15550144"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"colour": "red"}, "property colour should not exist"),
        ({"gender": "male"}, "property gender should not exist"),
        ({"businessId": "b1"}, "property businessId should not exist"),
        ({"firstName": 7}, "firstName must be a string"),
        ({"postalCode": None}, "postalCode must be a string"),
        ({"country": None}, "country must be a string"),
        ({"dnd": "yes"}, "dnd must be a boolean value"),
        ({"tags": "vip"}, "tags must be an array"),
        ({"tags": ["vip", 7]}, "each value in tags must be a string"),
        ({"customFields": ["x"]}, "each value in customFields must be an object"),
        ({"customFields": [{"field_value": "x"}]}, "customFields.id should not be empty"),
        ({"email": "nobody"}, "email must be an email"),
        ({"dateOfBirth": "25 Sept 1990"}, "dateOfBirth must be a valid date"),
    ],
)
def test_an_update_says_what_it_does_not_take(sandbox, body, says):
    contact_id = sandbox.new_contact(city="Derby")
    answer = sandbox.call("PUT", f"/contacts/{contact_id}", json={"city": "Leeds"} | body)
    assert (answer.status_code, answer.json()["message"]) == (422, [says])
    assert contact(sandbox, contact_id)["city"] == "Derby"


@pytest.mark.parametrize("key", ["source", "assignedTo", "gender", "locationId"])
def test_a_new_contact_takes_no_null_for_some_keys(sandbox, key):
    assert create(sandbox, **{"firstName": "Nia", key: None}).status_code == 422


@pytest.mark.parametrize("born", ["1990-09-25", "1990/09/25", "09/25/1990", "1990_09_25", "25.09.1990"])
def test_birthdays_come_in_many_forms(sandbox, born):
    assert sandbox.call("PUT", f"/contacts/{sandbox.new_contact()}", json={"dateOfBirth": born}).ok


def test_tags_of_many_are_changed_one_by_one_and_the_failed_are_named(sandbox):
    first, second = sandbox.new_contact(tags=["old"]), sandbox.new_contact(tags=["old", "new"])
    other = sandbox.info()["locations"][1]
    stranger = sandbox.call(
        "POST", "/contacts/search", token=other["pit"], json={"locationId": other["id"], "pageLimit": 1}
    ).json()["contacts"][0]["id"]
    gone = sandbox.new_contact()
    sandbox.call("DELETE", f"/contacts/{gone}")
    asked = {"locationId": sandbox.location_id, "tags": ["New"], "contacts": [first, second, stranger, gone, "x"]}

    answer = sandbox.call("POST", "/contacts/bulk/tags/update/add", json=asked)

    told = answer.json()
    assert (answer.status_code, told["succeded"], told["errorCount"]) == (201, True, 3)
    assert [row["message"] for row in told["responses"]] == [
        *["Tags updated"] * 2,
        "contact does not belong to location",
        "contact is deleted",
        "contact id is not a valid firebase id",
    ]
    assert [row["tagsAdded"] for row in told["responses"][:2]] == [["new"], []]
    assert contact(sandbox, first)["tags"] == contact(sandbox, second)["tags"] == ["old", "new"]


def test_tags_of_many_are_removed_by_name_or_all_of_them(sandbox):
    ids = [sandbox.new_contact(tags=["a", "b"]) for _ in range(2)]
    asked = {"locationId": sandbox.location_id, "contacts": ids, "tags": ["a"]}
    path = "/contacts/bulk/tags/update"

    told = sandbox.call("POST", f"{path}/remove", json=asked, version=V3).json()
    assert (told["succeeded"], told["succeded"]) == (True, True)
    assert [contact(sandbox, one)["tags"] for one in ids] == [["b"], ["b"]]
    assert sandbox.call("POST", f"{path}/add", json=asked | {"removeAllTags": True}).status_code == 422
    sandbox.call("POST", f"{path}/remove", json=asked | {"removeAllTags": True})
    assert [contact(sandbox, one)["tags"] for one in ids] == [[], []]
    assert sandbox.call("POST", f"{path}/swap", json=asked).status_code == 422


def test_one_write_to_many_counts_once_and_for_each_record(own_sandbox):
    ids = [own_sandbox.new_contact(), own_sandbox.new_contact()]
    asked = {"locationId": own_sandbox.location_id, "contacts": [*ids, "x"], "tags": ["a"]}
    own_sandbox.call("POST", "/contacts/bulk/tags/update/add", json=asked)
    counts = own_sandbox.counts()
    assert counts["writes_by_operation"] == {"bulk_tags": 1}
    assert counts["writes_by_record"] == dict.fromkeys(ids, 1)


def test_people_are_put_into_a_firm_and_taken_out_of_it(sandbox):
    ids = [sandbox.new_contact(), sandbox.new_contact()]
    firm = sandbox.state(kinds="business")[0]["id"]
    asked = {"locationId": sandbox.location_id, "ids": ids}

    put = sandbox.call("POST", "/contacts/bulk/business", json=asked | {"businessId": firm})
    assert (put.status_code, put.json()["ids"]) == (200, ids)
    assert {contact(sandbox, one)["businessId"] for one in ids} == {firm}
    assert sandbox.call("POST", "/contacts/bulk/business", json=asked | {"businessId": None}).ok
    assert not any("businessId" in contact(sandbox, one) for one in ids)
    assert sandbox.call("POST", "/contacts/bulk/business", json=asked).status_code == 422
    assert (
        sandbox.call("POST", "/contacts/bulk/business", json=asked | {"businessId": "nobody"}).status_code == 400
    )


def test_a_firm_lives_and_dies_and_leaves_its_people(sandbox):
    body = {"locationId": sandbox.location_id, "name": "Whitlock & Sons", "postalCode": "06106"}
    made = sandbox.call("POST", "/businesses/", json=body)
    # The answers to writes misspell the key.
    firm = made.json()["buiseness"]
    path = f"/businesses/{firm['id']}"
    assert (made.status_code, firm["name"], firm["postalCode"]) == (201, "Whitlock & Sons", "06106")
    member = {"locationId": sandbox.location_id, "ids": [sandbox.new_contact()], "businessId": firm["id"]}
    sandbox.call("POST", "/contacts/bulk/business", json=member)
    changed = sandbox.call("PUT", path, json={"city": "Derby"}).json()["buiseness"]
    assert sandbox.get(path)["business"] == changed
    assert (changed["name"], changed["city"]) == ("Whitlock & Sons", "Derby")
    assert sandbox.call("PUT", path, json={"locationId": sandbox.location_id}).status_code == 422
    assert sandbox.call("DELETE", path).json()["success"] is True
    assert sandbox.call("GET", path).status_code == 400
    assert "businessId" not in contact(sandbox, member["ids"][0])
    (row,) = [row for row in sandbox.state(kinds="business") if row["id"] == firm["id"]]
    assert row["deleted"] is True


def test_firms_need_a_scope_of_their_own(sandbox):
    token = sandbox.admin("pit", {"scopes": ["contacts.write", "businesses.readonly"]})["pit"]
    body = {"locationId": sandbox.location_id, "name": "Whitlock & Sons"}
    refused = sandbox.call("POST", "/businesses/", json=body, token=token)
    assert (refused.status_code, refused.json()["message"]) == (401, "The token is not authorized for this scope.")
