"""Operations on contacts and on what hangs on one: tasks, notes, tags, the firm."""

from integrations.sandbox.crm import businesses, contact_writes, contacts, notes, tags, tasks
from integrations.sandbox.http.operation import Operation

_READ, _WRITE = "contacts.readonly", "contacts.write"
_TASK, _NOTE = "/contacts/{contact_id}/tasks/{task_id}", "/contacts/{contact_id}/notes/{note_id}"

CONTACTS = (
    Operation("list_contacts", "GET", "/contacts/", contacts.list_contacts, _READ, tenant="query"),
    Operation("search_contacts", "POST", "/contacts/search", contacts.search_contacts, _READ, tenant="body"),
    Operation("get_contact", "GET", "/contacts/{contact_id}", contacts.get_contact, _READ),
    Operation(
        "contacts_of_business",
        "GET",
        "/contacts/business/{business_id}",
        contacts.contacts_of_business,
        _READ,
        tenant="query",
    ),
    Operation("create_contact", "POST", "/contacts/", contact_writes.create_contact, _WRITE, tenant="body"),
    Operation("upsert_contact", "POST", "/contacts/upsert", contact_writes.upsert_contact, _WRITE, tenant="body"),
    Operation(
        "find_duplicate", "GET", "/contacts/search/duplicate", contact_writes.find_duplicate, _READ, tenant="query"
    ),
    Operation("bulk_tags", "POST", "/contacts/bulk/tags/update/{type}", tags.bulk_tags, _WRITE, tenant="body"),
    Operation("set_business", "POST", "/contacts/bulk/business", businesses.set_business, _WRITE, tenant="body"),
    Operation("update_contact", "PUT", "/contacts/{contact_id}", contact_writes.update_contact, _WRITE),
    Operation("delete_contact", "DELETE", "/contacts/{contact_id}", contact_writes.delete_contact, _WRITE),
    Operation("add_tags", "POST", "/contacts/{contact_id}/tags", tags.add_tags, _WRITE),
    Operation("remove_tags", "DELETE", "/contacts/{contact_id}/tags", tags.remove_tags, _WRITE),
    Operation("list_tasks", "GET", "/contacts/{contact_id}/tasks", tasks.list_tasks, _READ),
    Operation("create_task", "POST", "/contacts/{contact_id}/tasks", tasks.create_task, _WRITE),
    Operation("get_task", "GET", _TASK, tasks.get_task, _READ),
    Operation("update_task", "PUT", _TASK, tasks.update_task, _WRITE),
    Operation("complete_task", "PUT", f"{_TASK}/completed", tasks.complete_task, _WRITE),
    Operation("delete_task", "DELETE", _TASK, tasks.delete_task, _WRITE),
    Operation(
        "search_tasks",
        "POST",
        "/locations/{location_id}/tasks/search",
        tasks.search_tasks,
        "locations/tasks.readonly",
        tenant="path",
    ),
    Operation("list_notes", "GET", "/contacts/{contact_id}/notes", notes.list_notes, _READ),
    Operation("create_note", "POST", "/contacts/{contact_id}/notes", notes.create_note, _WRITE),
    Operation("get_note", "GET", _NOTE, notes.get_note, _READ),
    Operation("update_note", "PUT", _NOTE, notes.update_note, _WRITE),
    Operation("delete_note", "DELETE", _NOTE, notes.delete_note, _WRITE),
)
