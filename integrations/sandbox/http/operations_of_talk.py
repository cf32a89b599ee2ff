"""Operations on messages and deals."""

from integrations.sandbox.crm import conversations, opportunities
from integrations.sandbox.http.operation import Operation

_DEALS, _TALK = "opportunities.readonly", "conversations/message.readonly"

TALK = (
    Operation(
        "export_messages",
        "GET",
        "/conversations/messages/export",
        conversations.export_messages,
        _TALK,
        "conversations",
        "query",
    ),
    Operation(
        "get_email",
        "GET",
        "/conversations/messages/email/{email_id}",
        conversations.get_email,
        _TALK,
        "conversations",
    ),
    Operation(
        "get_message",
        "GET",
        "/conversations/messages/{message_id}",
        conversations.get_message,
        _TALK,
        "conversations",
    ),
    Operation(
        "search_opportunities",
        "GET",
        "/opportunities/search",
        opportunities.search_opportunities,
        _DEALS,
        tenant="query",
    ),
    Operation(
        "list_pipelines", "GET", "/opportunities/pipelines", opportunities.list_pipelines, _DEALS, tenant="query"
    ),
    Operation("get_opportunity", "GET", "/opportunities/{opportunity_id}", opportunities.get_opportunity, _DEALS),
)
