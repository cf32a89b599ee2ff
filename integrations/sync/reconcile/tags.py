"""Keeps the tags that contacts are found by in step with those that they carry."""

from collections.abc import Sequence

from integrations.activity.models import Contact, Tag
from integrations.sync.upsert import Row, upsert


def store_tags(workspace_id: int, contacts: Sequence[Row], known: set[int]) -> None:
    """Make the indexed tags of contacts equal to their `tag_names`, in at most five statements."""
    names = {name for contact in contacts for name in contact.tag_names}
    tags = [Row(workspace_id=workspace_id, name=name) for name in sorted(names)]
    upsert(Tag, tags, unique=("workspace", "name"))
    ids = dict(Tag.objects.filter(workspace_id=workspace_id, name__in=names).values_list("name", "pk"))
    through = Contact.tags.through
    if known:
        through.objects.filter(contact_id__in=known).delete()
    links = [
        Row(contact_id=contact.pk, tag_id=ids[name])
        for contact in contacts
        for name in dict.fromkeys(contact.tag_names)
    ]
    upsert(through, links, unique=("contact", "tag"))
