"""Tasks: of one contact, of a whole location, and every change of them."""

import builtins
from collections.abc import Mapping, Sequence
from typing import Any, cast

from integrations.ghl.client.paging import SearchAfter
from integrations.ghl.client.payloads import Task, TaskPage
from integrations.ghl.client.resources.calling import Resource, given, inner


class Tasks(Resource):
    def search(
        self,
        location_id: str,
        limit: int = 500,
        search_after: SearchAfter | None = None,
        skip: int | None = None,
        completed: bool | None = None,
        contact_ids: Sequence[str] | None = None,
        assigned_to: Sequence[str] | None = None,
        query: str | None = None,
    ) -> TaskPage:
        """Every task of a location, at most 500 a page; needs its own scope. Rows may be marked `deleted`.

        It is specified to go on by `skip`. `searchAfter` is not, yet rows carry it and the endpoint takes it back.
        """
        body = given(
            limit=limit,
            searchAfter=search_after,
            skip=skip,
            completed=completed,
            contactId=contact_ids,
            assignedTo=assigned_to,
            query=query,
        )
        return cast(TaskPage, self.call("search_tasks", {"location_id": location_id}, body=body).data)

    def list(self, contact_id: str) -> builtins.list[Task]:
        return cast("builtins.list[Task]", self.call("list_tasks", {"contact_id": contact_id}).data["tasks"])

    def get(self, contact_id: str, task_id: str) -> Task:
        return cast(Task, self.call("get_task", _ids(contact_id, task_id)).data["task"])

    def create(self, contact_id: str, fields: Mapping[str, Any]) -> Task:
        """`fields` in the vendor's words; title, dueDate (ISO 8601 with an offset) and completed are needed, the
        last is false unless given. Never sent twice: list the tasks before trying again."""
        body = {"completed": False, **fields}
        return _written(self.call("create_task", {"contact_id": contact_id}, body=body).data)

    def update(self, contact_id: str, task_id: str, **fields: Any) -> Task:
        """`fields` in the vendor's words: title, body, dueDate, completed, assignedTo; the others stay."""
        return _written(self.call("update_task", _ids(contact_id, task_id), body=fields).data)

    def complete(self, contact_id: str, task_id: str, completed: bool = True) -> Task:
        """Completes it, or opens it again."""
        body = {"completed": completed}
        return _written(self.call("complete_task", _ids(contact_id, task_id), body=body).data)

    def delete(self, contact_id: str, task_id: str) -> None:
        self.call("delete_task", _ids(contact_id, task_id))


def _ids(contact_id: str, task_id: str) -> dict[str, str]:
    return {"contact_id": contact_id, "task_id": task_id}


def _written(data: Mapping[str, Any]) -> Task:
    return cast(Task, inner(data, "task"))
