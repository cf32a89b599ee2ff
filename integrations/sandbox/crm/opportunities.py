"""Deals: a listing with its own way of going on and two spellings of its parameters, one deal, the pipelines."""

from integrations.sandbox.crm.records import Contact, Json, Opportunity, Pipeline
from integrations.sandbox.crm.store import LocationStore
from integrations.sandbox.http.errors import missing, unprocessable
from integrations.sandbox.http.messages import Answer, Call
from integrations.sandbox.seed.moments import iso

# The old generation's spelling of what v3 writes as one word.
_SNAKE = {
    "locationId": "location_id",
    "contactId": "contact_id",
    "pipelineId": "pipeline_id",
    "pipelineStageId": "pipeline_stage_id",
    "assignedTo": "assigned_to",
}
_OTHERS = {
    *("q", "status", "campaignId", "id", "order", "endDate", "startAfter", "startAfterId", "date", "country"),
    *("page", "limit", "getTasks", "getNotes", "getCalendarEvents"),
}
_MOST = 100


def search_opportunities(call: Call) -> Answer:
    """GET /opportunities/search: the latest first; behind a row (startAfter, startAfterId), or by page."""
    spelled = {name: name if call.is_v3 else snake for name, snake in _SNAKE.items()}
    query = call.request.query
    unknown = sorted(query.keys() - {*spelled.values(), *_OTHERS})
    if unknown:
        raise unprocessable(*(f"property {key} should not exist" for key in unknown))
    limit, page = call.number("limit", 20, least=1, most=_MOST), call.number("page", 1, least=1)
    rows = _found(call.store, query, spelled)
    start = _behind(rows, query) if query.get("startAfterId") else (page - 1) * limit
    shown = rows[start : start + limit]
    meta = _meta(shown, len(rows), page, is_last=start + limit >= len(rows))
    listed = [show(contact, deal, call.store.id) for contact, deal in shown]
    return Answer({"opportunities": listed, "meta": meta, "aggregations": {}})


def get_opportunity(call: Call) -> Answer:
    found = call.store.opportunity(call.params["opportunity_id"])
    if found is None or found[1].deleted or found[0].deleted:
        raise missing("Opportunity", call.params["opportunity_id"])
    return Answer({"opportunity": show(*found, call.store.id)})


def list_pipelines(call: Call) -> Answer:
    return Answer({"pipelines": [_show_pipeline(item, call.store.id) for item in call.store.sub.pipelines]})


def show(contact: Contact, deal: Opportunity, location_id: str) -> Json:
    """Owner and source are left out when there is none."""
    shown: Json = {
        "id": deal.id,
        "name": deal.name,
        "monetaryValue": deal.value,
        "pipelineId": deal.pipeline_id,
        "pipelineStageId": deal.stage_id,
        "assignedTo": deal.owner,
        "status": deal.status,
        "source": deal.source,
        "lastStatusChangeAt": iso(deal.status_changed),
        "lastStageChangeAt": iso(deal.stage_changed),
        "createdAt": iso(deal.added),
        "updatedAt": iso(deal.updated),
        "contactId": deal.contact_id,
        "locationId": location_id,
        "contact": _contact(contact),
        "notes": [],
        "tasks": [],
        "calendarEvents": [],
        "followers": [],
        "customFields": [],
    }
    return {key: value for key, value in shown.items() if value is not None} | (deal.overrides or {})


def _contact(contact: Contact) -> Json:
    shown = {
        "id": contact.id,
        "name": contact.name or None,
        "companyName": contact.company,
        "email": contact.email,
        "phone": contact.phone,
        "tags": contact.tags,
    }
    return {key: value for key, value in shown.items() if value is not None}


def _found(store: LocationStore, query: Json, spelled: Json) -> list[tuple[Contact, Opportunity]]:
    contact = store.by_id.get(query.get(spelled["contactId"], ""))
    if query.get(spelled["contactId"]) and contact is None:
        return []
    rows = store.deals_newest_first(contact)
    wanted = {
        "status": query.get("status") if query.get("status") != "all" else None,
        "pipeline_id": query.get(spelled["pipelineId"]),
        "stage_id": query.get(spelled["pipelineStageId"]),
        "owner": query.get(spelled["assignedTo"]),
    }
    return [
        row for row in rows if all(not value or getattr(row[1], key) == value for key, value in wanted.items())
    ]


def _behind(rows: list[tuple[Contact, Opportunity]], query: Json) -> int:
    """Where the rows behind the named one begin; a row that is gone meanwhile leaves its moment."""
    at = int(query["startAfter"]) if str(query.get("startAfter", "")).isdigit() else 0
    for place, (_, deal) in enumerate(rows):
        if deal.id == query["startAfterId"]:
            return place + 1
        if deal.added < at:
            return place
    return len(rows)


def _meta(shown: list[tuple[Contact, Opportunity]], total: int, page: int, *, is_last: bool) -> Json:
    # The place is told on the last page as well: nothing but the total and the number of rows says that it is one.
    last = shown[-1][1] if shown else None
    meta: Json = {"total": total, "currentPage": page}
    if last:
        meta |= {"startAfter": last.added, "startAfterId": last.id}
    return meta if is_last else meta | {"nextPage": page + 1}


def _show_pipeline(item: Pipeline, location_id: str) -> Json:
    stages = [
        {"id": stage_id, "name": name, "position": place, "showInFunnel": True, "showInPieChart": True}
        for place, (stage_id, name) in enumerate(item.stages)
    ]
    return {
        "id": item.id,
        "name": item.name,
        "stages": stages,
        "showInFunnel": True,
        "showInPieChart": True,
        "locationId": location_id,
    }
