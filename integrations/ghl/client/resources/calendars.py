"""Calendars and what is booked in them."""

import builtins
from collections.abc import Mapping
from typing import Any, cast

from integrations.ghl.client.payloads import Appointment, Calendar
from integrations.ghl.client.resources.calling import Resource


class Calendars(Resource):
    def list(self, location_id: str) -> builtins.list[Calendar]:
        data = self.call("list_calendars", query={"locationId": location_id}).data
        return cast("builtins.list[Calendar]", data["calendars"])

    def events(self, location_id: str, calendar_id: str, start_ms: int, end_ms: int) -> builtins.list[Appointment]:
        """Everything between two moments (epoch milliseconds), without pages. Times have an offset."""
        query = {
            "locationId": location_id,
            "calendarId": calendar_id,
            "startTime": start_ms,
            "endTime": end_ms,
        }
        return cast("builtins.list[Appointment]", self.call("list_events", query=query).data["events"])

    def appointments_of(self, contact_id: str) -> builtins.list[Appointment]:
        """One contact's; times are in the location's zone and do not say so."""
        data = self.call("list_appointments", {"contact_id": contact_id}).data
        return cast("builtins.list[Appointment]", data["events"])

    def appointment(self, event_id: str) -> Appointment:
        return cast(Appointment, self.call("get_appointment", {"event_id": event_id}).data["event"])

    def book(self, location_id: str, contact_id: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """`fields` in the vendor's words, `calendarId` and `startTime` among them; the answer is not wrapped."""
        body = {"locationId": location_id, "contactId": contact_id, **fields}
        return dict(self.call("create_appointment", body=body).data)

    def rebook(self, event_id: str, fields: Mapping[str, Any]) -> None:
        self.call("update_appointment", {"event_id": event_id}, body=fields)

    def free_slots(self, calendar_id: str, start_ms: int, end_ms: int, zone: str) -> dict[str, Any]:
        """{"2026-12-01": {"slots": [start with an offset]}} between two moments of at most 31 days (epoch ms)."""
        query = {"startDate": start_ms, "endDate": end_ms, "timezone": zone}
        return dict(self.call("free_slots", {"calendar_id": calendar_id}, query=query).data)
