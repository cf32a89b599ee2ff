"""Icons are those of the package, without what the style sheet says of every line."""

import re
from pathlib import Path
from xml.etree import ElementTree

import lucide
import pytest
from django.conf import settings

from contacts_ui.templatetags.display import icon

NAMED = re.compile(r"""icon "([a-z0-9-]+)"|icon=["']([a-z0-9-]+)["']""")


def named_in_templates():
    pages = Path(settings.BASE_DIR, "templates").rglob("*.html")
    return sorted({one or other for page in pages for one, other in NAMED.findall(page.read_text())})


def shapes(drawn):
    return [(part.tag.rpartition("}")[2], part.attrib) for part in ElementTree.fromstring(drawn)]


@pytest.mark.parametrize("name", named_in_templates())
def test_an_icon_has_the_shapes_of_the_package(name):
    theirs = lucide._render_icon(name, 16)

    assert shapes(icon(name)) == shapes(theirs)
    assert shapes(theirs)


def test_an_icon_has_its_size_and_class_and_is_hidden_from_readers():
    drawn = ElementTree.fromstring(icon("mail", 14, "only-phone"))

    assert drawn.attrib == {
        "width": "14", "height": "14", "viewBox": "0 0 24 24", "class": "icon only-phone", "aria-hidden": "true"
    }  # fmt: skip


def test_what_stands_in_a_class_is_escaped():
    assert 'class="icon &lt;b&gt;"' in icon("mail", 14, "<b>")


def test_there_is_no_icon_of_another_name():
    with pytest.raises(KeyError, match="no-such-icon"):
        icon("no-such-icon")
