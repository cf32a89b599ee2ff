"""How pages speak of a provider and which pages of its own they lead to; none of them knows it by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ConnectWay:
    """A page of the provider's on which an account is connected or renewed.

    `kind` is that of the connections it makes (`ConnectionStatus.kind`). `view` names its address, which takes
    `?workspace=` of an account to renew and `&write=1` to allow writing.
    """

    kind: str
    view: str
    label: str
    icon: str


@dataclass(frozen=True, slots=True)
class ProviderPages:
    """`ways` has the usual one first; views are names of addresses, "" where the provider has no such page.

    `contact_url` is the system's own page of a contact, with {account} and {contact}, `contacts_url` that of all;
    `needed` names by kind of
    record the scope without which it cannot be changed, where that is more than being allowed to write.
    `conversation_url` is the system's own page of a conversation, with {account} and {conversation} for their ids;
    `reply` is what a link to it says.
    """

    account: str  # one of its accounts, with the article: "a GoHighLevel sub-account"
    account_id: str  # what it calls the id of one
    welcome: str  # what connecting the first account means, in sentences
    ways: Sequence[ConnectWay] = ()
    test_view: str = ""  # tries one connection, given its workspace's id
    contact_url: str = ""
    contacts_url: str = ""
    needed: Mapping[str, str] = field(default_factory=dict)
    conversation_url: str = ""
    reply: str = ""
    panel_template: str = ""  # what the page of accounts shows of it above them
    acts: Mapping[str, str] = field(default_factory=dict)  # the button behind each address that changes something

    def way_of(self, kind: str) -> ConnectWay | None:
        """The page that made connections of this kind."""
        return next((way for way in self.ways if way.kind == kind), None)

    @property
    def usual_way(self) -> ConnectWay | None:
        return self.ways[0] if self.ways else None

    @property
    def other_ways(self) -> Sequence[ConnectWay]:
        return self.ways[1:]
