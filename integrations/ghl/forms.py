"""What people fill in to connect: how much to ask for, a private token, which sub-accounts of an agency."""

from typing import Any

from django import forms

from integrations.ghl import locations
from integrations.ghl.installs import Candidate


class AccessForm(forms.Form):
    """How much to ask for. Reading one sub-account is the default everywhere."""

    READ, WRITE = "read", "write"

    access = forms.ChoiceField(choices=[(READ, "Read only"), (WRITE, "Read and write")], required=False)
    agency = forms.BooleanField(required=False)

    @property
    def is_agency(self) -> bool:
        return bool(self.is_valid() and self.cleaned_data["agency"])

    @property
    def wants_write(self) -> bool:
        return bool(self.is_valid() and self.cleaned_data["access"] == self.WRITE)


class PrivateTokenForm(forms.Form):
    """A private integration token for one sub-account. The token is never put back into the page."""

    location_id = forms.CharField(
        max_length=500,
        label="Location ID",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="In GoHighLevel's address bar, after /location/. You can paste the whole address.",
    )
    token = forms.CharField(
        max_length=500,
        label="Private integration token",
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"}),
        help_text="Made in the sub-account under Settings, Private Integrations. It begins with pit-.",
    )
    may_write = forms.BooleanField(
        required=False, label="Allow writing: contacts, tags, tasks, notes and appointments"
    )

    def __init__(self, *args: Any, location_id: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if location_id:
            # A disabled field keeps its initial value, whatever a request sends for it.
            self.fields["location_id"].initial = location_id
            self.fields["location_id"].disabled = True

    def clean_location_id(self) -> str:
        """The id alone, whatever was copied along with it."""
        try:
            return locations.read_id(self.cleaned_data["location_id"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    @property
    def note(self) -> str:
        """What was read out of what was typed, in a sentence; "" when it is the same."""
        return locations.taken_from(str(self["location_id"].value() or ""), self.cleaned_data["location_id"])


class ChooseForm(forms.Form):
    """Which of an agency's sub-accounts to connect, and whether writing is allowed."""

    locations = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose at least one sub-account."}
    )
    may_write = forms.BooleanField(required=False)

    def __init__(self, *args: Any, candidates: list[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(candidate.location_id, candidate.name) for candidate in candidates]
        field = self.fields["locations"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
