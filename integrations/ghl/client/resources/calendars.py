"""Calendars and what is booked in them."""

import builtins
from typing import cast

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
