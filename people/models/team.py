from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet


def team_labels() -> dict[int, str]:
    """Each team as ``"Harbour / Front desk"``, in that order, in one statement."""
    names = {pk: (name, parent) for pk, name, parent in Team.objects.values_list("pk", "name", "parent_id")}

    def label(pk: int) -> str:
        name, parent = names[pk]
        return f"{label(parent)} / {name}" if parent else name

    return dict(sorted(((pk, label(pk)) for pk in names), key=lambda item: item[1].casefold()))


class TeamQuerySet(TreeQuerySet, models.QuerySet["Team"]):  # type: ignore[misc]
    def with_size(self) -> TeamQuerySet:
        """With ``size``: how many people work in this very team."""
        sized: TeamQuerySet = self.annotate(
            size=models.Count("members", filter=models.Q(members__is_active=True))
        )
        return sized


def descendant_ids(team_ids: list[int]) -> set[int]:
    """The teams and all below them, in one statement: the tree is small enough to walk in memory."""
    children: dict[int | None, list[int]] = {}
    for pk, parent_id in Team.objects.values_list("pk", "parent_id").order_by():
        children.setdefault(parent_id, []).append(pk)
    found: set[int] = set()
    todo = list(team_ids)
    while todo:
        team_id = todo.pop()
        if team_id not in found:
            found.add(team_id)
            todo.extend(children.get(team_id, []))
    return found


class Team(TreeNode):  # type: ignore[misc]
    """A node of the organisation's tree, with one lead."""

    name = models.CharField(_("name"), max_length=200)
    lead = models.ForeignKey(
        "people.Person",
        verbose_name=_("lead"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="teams_led",
    )

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"],
                name="team_unique_below_parent",
                violation_error_message=_("There is already a team with this name here."),
            ),
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(parent__isnull=True),
                name="team_unique_at_top",
                violation_error_message=_("There is already a team with this name here."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
