"""The streams of a sub-account, as a table: in which order, read how, and what replaces a refusal.

What decides how each is read, as far as GHL's specification says it:

Messages are exported by their latest change on request, so a run of changes ends with a page that is known.
Nothing announces that one was deleted (GHL can delete a scheduled one, or a whole conversation), and what was said
stays on the line. No removal is looked for, then, and a full run of the schedule reads all of them once a week
only: see `planner.reads_whole`.

Tasks and deals are listed whole by each run. The search of tasks takes neither a sort nor a date, and nothing says
in which order its `searchAfter` walks; that of deals sorts by name or by when they were added. So there is no page
behind which all is known. A count would hide every change that keeps the number: a moved due date, a deal's new
stage. Pages of 500 and of 100 keep it cheap: 10,000 tasks are 20 requests, 2,000 deals as many.
"""

from integrations.connections.streams import Stream

STREAMS: tuple[Stream, ...] = (
    Stream("users", "Users", full_only=True, detects_removal=False),
    Stream("fields", "Custom fields", full_only=True, detects_removal=False),
    Stream("calendars", "Calendars", full_only=True, detects_removal=False),
    Stream("businesses", "Businesses", can_be_off=True),
    Stream("contacts", "Contacts", incremental=True, required=True, is_announced=True),
    Stream("tasks", "Tasks", falls_back=True, can_be_off=True, is_announced=True),
    Stream(
        "appointments",
        "Appointments",
        falls_back=True,
        recent_only=True,
        is_plain=False,
        can_be_off=True,
        is_announced=True,
    ),
    Stream(
        "messages",
        "Messages",
        incremental=True,
        detects_removal=False,
        latest_of_contact=True,
        can_be_off=True,
        is_announced=True,
    ),
    Stream("opportunities", "Deals", can_be_off=True, is_announced=True),
    Stream("notes", "Notes", by_contact=True, detects_removal=False, can_be_off=True, is_announced=True),
)
