"""Which role a person has in a workspace, asked of the database at that moment."""

from django.db.models import FilteredRelation, Q

from integrations.workspace.models import Membership, User, Workspace


def role_of(user: User, workspace: Workspace) -> str:
    """Their role there, "" without one or a sign-in. An installation admin is an admin everywhere. One query."""
    there = FilteredRelation("memberships", condition=Q(memberships__workspace=workspace.pk))
    found = User.objects.filter(pk=user.pk, is_active=True).annotate(there=there)
    is_staff, role = found.values_list("is_staff", "there__role").first() or (False, None)
    return Membership.Role.ADMIN if is_staff else role or ""
