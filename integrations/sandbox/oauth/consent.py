"""The page on which somebody chooses sub-accounts and approves or denies the app, and what follows from it."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import urlencode, urlsplit

from integrations.sandbox.http.messages import Reply, Request
from integrations.sandbox.oauth.grants import Grant
from integrations.sandbox.oauth.tokens import SCOPES
from integrations.sandbox.seed.ids import alnum20
from integrations.sandbox.world import World

PATHS = ("/oauth/chooselocation", "/v2/oauth/chooselocation")
_PAGE = Template((Path(__file__).parent / "consent.html").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Ask:
    """What the app asks for, as the parameters of the address say."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    company: bool

    @classmethod
    def of(cls, fields: dict[str, str]) -> "_Ask":
        return cls(
            fields.get("client_id", ""),
            fields.get("redirect_uri", ""),
            tuple(fields.get("scope", "").split()),
            fields.get("state", ""),
            fields.get("user_type", "").lower() == "company",
        )

    def fields(self) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.scopes),
            "state": self.state,
            "user_type": "Company" if self.company else "Location",
        }


def consent(world: World, request: Request) -> Reply:
    """GET shows the page, POST (the plain form) decides; a wrong request ends on a page that says why."""
    pairs = request.form() if request.method == "POST" else request.query_lists()
    fields = dict(pairs)
    ask = _Ask.of(fields)
    fault = _fault(world, ask, fields)
    if fault:
        return _page("This app cannot be connected", fault, "", status=400)
    if request.method != "POST":
        return _page("Cedarline Group: allow access?", *_form(world, request.path, ask))
    if fields.get("decision") != "approve":
        return _back(ask, {"error": "access_denied", "error_description": "The user denied access"})
    chosen = [value for key, value in pairs if key == "location_id" and value in world.locations]
    if not chosen:
        return _page("No sub-account was chosen", "Go back and choose one.", "", status=400)
    return _back(ask, {"code": _approve(world, ask, chosen)})


def _fault(world: World, ask: _Ask, fields: dict[str, str]) -> str:
    """What is wrong with the request, in one sentence; the redirect address is never trusted with an error."""
    if ask.client_id != world.client_id:
        return "The client_id is unknown. Use the one from the sandbox's first line of output."
    # Before anything else about the app: an error sent to a strange address would be an open redirect.
    if not world.grants.accepts_redirect(ask.redirect_uri):
        return "The redirect_uri is not registered for this app. It must match exactly."
    if fields.get("response_type", "code") != "code":
        return "The response_type must be code."
    if not ask.scopes:
        return "No scope was asked for. Send the scopes, separated by spaces."
    unknown = [scope for scope in ask.scopes if scope not in SCOPES]
    return f"These scopes are unknown: {', '.join(unknown)}." if unknown else ""


def _approve(world: World, ask: _Ask, chosen: list[str]) -> str:
    # Whoever approves is the first admin: nobody signs in to the sandbox.
    installer = next(user.id for user in world.users.values() if user.role == "admin")
    # The radio buttons send one; a forged form with several gets the first.
    locations = tuple(chosen) if ask.company else (chosen[0],)
    grant = Grant(
        alnum20("grant", world.clock(), *locations),
        "Company" if ask.company else "Location",
        world.company_id,
        locations,
        frozenset(ask.scopes),
        installer,
    )
    with world.lock:
        code = world.grants.new_code(grant, ask.redirect_uri, world.clock())
    for location_id in locations:
        world.events.install(location_id, installer)
    return code


def _back(ask: _Ask, answer: dict[str, str]) -> Reply:
    """Redirects to the app; `state` comes back only when one was sent."""
    if ask.state:
        answer["state"] = ask.state
    joint = "&" if urlsplit(ask.redirect_uri).query else "?"
    return Reply(302, headers=[("Location", ask.redirect_uri + joint + urlencode(answer))])


def _form(world: World, path: str, ask: _Ask) -> tuple[str, str]:
    """The lead and the form. For the company several sub-accounts can be ticked, else one."""
    other = ask.fields() | {"user_type": "Location" if ask.company else "Company"}
    kind = "checkbox" if ask.company else "radio"
    places = "".join(
        f'<label class="place"><input type="{kind}" name="location_id" value="{store.id}" id="location-{store.id}"'
        f"{' checked' if number == 0 else ''}><span>{escape(store.sub.place.name)}"
        f"<small>{escape(store.sub.place.city)}, {escape(store.sub.timezone)}</small></span></label>"
        for number, store in enumerate(world.locations.values())
    )
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in ask.fields().items()
    )
    scopes = "".join(f"<li>{escape(SCOPES[scope])} <code>{escape(scope)}</code></li>" for scope in ask.scopes)
    switch = "Approve one sub-account instead" if ask.company else "Approve for the whole company instead"
    content = (
        f'<form method="post" action="{path}">{hidden}<h2>Sub-accounts</h2>{places}'
        f'<p class="switch"><a id="switch-user-type" href="{path}?{escape(urlencode(other))}">{switch}</a></p>'
        f"<h2>The app will be able to</h2><ul>{scopes}</ul>"
        '<div class="acts"><button id="deny" name="decision" value="deny">Deny</button>'
        '<button id="approve" name="decision" value="approve">Approve</button></div></form>'
    )
    return "An app asks to work with your data. Choose where.", content


def _page(heading: str, lead: str, content: str, status: int = 200) -> Reply:
    html = _PAGE.substitute(heading=escape(heading), lead=escape(lead), content=content)
    headers = [("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer")]
    return Reply(status, html.encode(), "text/html; charset=utf-8", headers)
