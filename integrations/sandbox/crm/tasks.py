"""Tasks: under their contact, and the search of the whole sub-account with its rows of another shape."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from integrations.sandbox.crm.contact_writes import deleted_body
from integrations.sandbox.crm.dates import moment
from integrations.sandbox.crm.ordering import SortSpec
from integrations.sandbox.crm.records import Contact, Json, Task
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.bodies import check_body
from integrations.sandbox.http.errors import bad_request, missing, unprocessable
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.moments import iso

_BODY = {
    "title": "string",
    "body": "string",
    "dueDate": "string",
    "completed": "boolean",
    "assignedTo": "string",
}
_SEARCH_BODY = {
    "contactId": "array",
    "completed": "boolean",
    "assignedTo": "array",
    "query": "string",
    "limit": "number",
    "skip": "number",
    "businessId": "string",
    "searchAfter": "array",
}
_MOST = 500


def list_tasks(call: Call) -> Answer:
    """GET /contacts/{id}/tasks: all of them at once, without any dates but the due one."""
    tasks = call.store.children(call.contact()).tasks
    return Answer({"tasks": [show(task) for task in tasks if not task.deleted]})


def get_task(call: Call) -> Answer:
    return Answer({"task": show(_task(call))})


def create_task(call: Call) -> Answer:
    """POST /contacts/{id}/tasks: title, dueDate and completed are required; 201."""
    # The contact is looked up first: its absence says more than a bad body.
    contact = call.contact()
    body = check_body(call.body, _BODY, required=("title", "dueDate", "completed"))
    now = call.now
    task = Task(call.store.new_id("task"), contact.id, "", now, now, now)
    _apply(task, body)
    call.store.editable(contact).tasks.append(task)
    call.world.events.task(call.store, "TaskCreate", task)
    return Answer({"task": show(task)}, 201, touched=(task.id,))


def update_task(call: Call) -> Answer:
    """PUT .../{task_id}: partial."""
    return _change(call, check_body(call.body, _BODY))


def complete_task(call: Call) -> Answer:
    """PUT .../completed: `completed` true or false. Saying it again changes nothing but counts as a write."""
    return _change(call, check_body(call.body, {"completed": "boolean"}, required=("completed",)))


def delete_task(call: Call) -> Answer:
    task = _task(call, to_change=True)
    task.deleted, task.updated = True, call.now
    call.world.events.task(call.store, "TaskDelete", task)
    return Answer(deleted_body(call), touched=(task.id,))


def search_tasks(call: Call) -> Answer:
    """POST /locations/{id}/tasks/search: 201, rows with `_id`, deleted ones flagged, no total."""
    body = check_body(call.body, _SEARCH_BODY)
    limit, skip = _whole(body, "limit", 25), _whole(body, "skip", 0)
    if not 1 <= limit <= _MOST:
        raise unprocessable(f"limit must be between 1 and {_MOST}")
    accepts = _accepting(body)
    rows = _rows(call.store, _contacts(call, body), accepts, body.get("searchAfter"), skip)
    shown = [_search_row(call.store, contact, task) for contact, task in islice(rows, limit)]
    return Answer({"tasks": shown}, 201)


def show(task: Task) -> Json:
    """The task as its contact's operations show it."""
    shown: Json = {
        "id": task.id,
        "title": task.title,
        "body": task.body,
        "assignedTo": task.owner,
        "dueDate": iso(task.due),
        "completed": task.completed,
        "contactId": task.contact_id,
    }
    return {key: value for key, value in shown.items() if value is not None} | (task.overrides or {})


def _change(call: Call, body: Json) -> Answer:
    task = _task(call, to_change=True)
    was_completed = task.completed
    _apply(task, body)
    task.updated = call.now
    # Completing is an event; reopening and editing are not, so clients must poll for them.
    if task.completed and not was_completed:
        call.world.events.task(call.store, "TaskComplete", task)
    return Answer({"task": show(task)}, touched=(task.id,))


def _apply(task: Task, body: Json) -> None:
    task.title = body.get("title", task.title)
    task.body = body.get("body", task.body)
    task.owner = body.get("assignedTo", task.owner) or None
    task.completed = body.get("completed", task.completed)
    # Stored in UTC whatever zone it came in, and shown in UTC.
    if "dueDate" in body:
        task.due = moment(body["dueDate"], "dueDate")


def _task(call: Call, *, to_change: bool = False) -> Task:
    contact, task_id = call.contact(), call.params["task_id"]
    children = call.store.editable(contact) if to_change else call.store.children(contact)
    for task in children.tasks:
        if task.id == task_id and not task.deleted:
            return task
    raise missing("Task", task_id)


def _order(call: Call) -> SortSpec:
    # Rows come grouped by contact: nothing documents an order, so nobody may rely on one.
    return (("dateAdded", call.world.options.variant == "B"),)


def _contacts(call: Call, body: Json) -> Iterator[Contact]:
    """The contacts whose tasks are searched, from the one that `searchAfter` names on."""
    store = call.store
    if body.get("contactId"):
        after = body.get("searchAfter") or [0, body["contactId"][0]]
        wanted_ids = (
            body["contactId"][body["contactId"].index(after[1]) :] if after[1] in body["contactId"] else []
        )
        chosen = [store.by_id[wanted] for wanted in wanted_ids if wanted in store.by_id]
    else:
        order = store.orders.get(_order(call))
        chosen = [store.by_id[record_id] for record_id in order.ids(_start(call, body), len(order.entries))]
    business = body.get("businessId")
    return (item for item in chosen if not item.deleted and (not business or item.business_id == business))


def _start(call: Call, body: Json) -> int:
    after = body.get("searchAfter")
    if not after:
        return 0
    order = call.store.orders.get(_order(call))
    try:
        # The contact itself may have more tasks: begin with it, not behind it.
        return order.at([int(after[0]), str(after[1])])
    except (TypeError, ValueError, IndexError):
        raise bad_request("Invalid searchAfter") from None


def _rows(
    store: LocationStore,
    contacts: Iterator[Contact],
    accepts: Callable[[Task], bool] | None,
    after: list[Any] | None,
    skip: int,
) -> Iterator[tuple[Contact, Task]]:
    """Tasks contact by contact. Whole contacts are skipped by their counts where no filter looks inside."""
    waiting_for = str(after[2]) if after and len(after) > 2 else ""
    for contact in contacts:
        count = store.counts(contact)[1]
        if count == 0:
            continue
        # The only way to jump far in 200,000 tasks without making every one of them.
        if accepts is None and not waiting_for and skip >= count:
            skip -= count
            continue
        tasks = store.children(contact).tasks
        if waiting_for:
            tasks, waiting_for = _behind(tasks, waiting_for), ""
        for task in tasks:
            if accepts is None or accepts(task):
                skip -= 1
                if skip < 0:
                    yield contact, task


def _behind(tasks: list[Task], task_id: str) -> list[Task]:
    """The tasks after this one; all when it belongs to another contact."""
    places = [place for place, task in enumerate(tasks) if task.id == task_id]
    return tasks[places[0] + 1 :] if places else tasks


def _accepting(body: Json) -> Callable[[Task], bool] | None:
    completed, owners, query = body.get("completed"), body.get("assignedTo"), str(body.get("query", "")).lower()
    if completed is None and not owners and not query:
        return None

    def accepts(task: Task) -> bool:
        return (
            (completed is None or task.completed == completed)
            and (not owners or task.owner in owners)
            and (not query or query in f"{task.title} {task.body or ''}".lower())
        )

    return accepts


def _search_row(store: LocationStore, contact: Contact, task: Task) -> Json:
    owner = next((user for user in store.sub.staff if user.id == task.owner), None)
    status = "completed" if task.completed else "to_do"
    row: Json = {
        "_id": task.id,
        "title": task.title,
        "body": task.body,
        "status": status,
        "statusGroup": status,
        "completed": task.completed,
        "deleted": task.deleted,
        "dueDate": iso(task.due),
        "dateAdded": iso(task.added),
        "dateUpdated": iso(task.updated),
        "contactId": contact.id,
        "assignedTo": task.owner,
        "locationId": store.id,
        # The live rows mostly carry nulls here, so that nobody may show them.
        "contactDetails": {"firstName": None, "lastName": None},
        "searchAfter": [contact.added, contact.id, task.id],
    }
    if owner:
        row["assignedToUserDetails"] = {"firstName": owner.first_name, "lastName": owner.last_name}
    row = {key: value for key, value in row.items() if value is not None or key == "assignedTo"}
    return row | {("_id" if key == "id" else key): value for key, value in (task.overrides or {}).items()}


def _whole(body: Json, key: str, default: int) -> int:
    value = body.get(key, default)
    if value != int(value) or value < 0:
        raise unprocessable(f"{key} must be an integer number")
    return int(value)
