"""Which team a row means: a file names an organisation and a team, while the tree may be deeper than that."""

from __future__ import annotations

from django.utils.translation import gettext as _

from people.domain.importing.reading import ParsedRow, TeamPath
from people.domain.importing.snapshot import Snapshot

# Teams shown of those with one name before the list is cut short.
_MOST_SHOWN = 6


class UnclearTeam(Exception):
    """Several teams could be meant. Said to people: which, and what helps."""


def meant_team(row: ParsedRow, own: TeamPath, snapshot: Snapshot, *, names_teams: bool) -> TeamPath:
    """Its path, in the tree or still to be made; ``own`` is where the person is today.

    Nobody moves between teams of one name, and no team is made beside one that could be meant. A file
    without a column of teams (``names_teams``) moves nobody within their organisation.
    """
    if not row.unit:
        path: TeamPath = (_root(row.organisation, snapshot),) if row.organisation else ()
        return path if names_teams or own[:1] != path else own
    choices = snapshot.teams_named.get(row.unit, [])
    made: TeamPath = (row.unit,)
    if row.organisation:
        made = (_root(row.organisation, snapshot), row.unit)
        choices = [path for path in choices if path[:-1] and path[0] == made[0]]
    if own in choices:
        return own
    if row.organisation and made in choices:
        return made
    if len(choices) > 1:
        raise UnclearTeam(_unclear_words(row, choices))
    return choices[0] if choices else made


def _root(organisation: str, snapshot: Snapshot) -> str:
    """Its name as stored, where there is one."""
    return next(
        (path[0] for path in snapshot.teams_named.get(organisation, []) if len(path) == 1), organisation
    )


def _unclear_words(row: ParsedRow, choices: list[TeamPath]) -> str:
    shown = [" / ".join(path) for path in choices[:_MOST_SHOWN]]
    if len(choices) > _MOST_SHOWN:
        shown.append("…")
    if len({path[0] for path in choices}) > 1:
        message = _("Several teams are called “%(team)s”: %(teams)s. Please name the organisation too.")
    else:
        message = _(
            "Several teams are called “%(team)s”: %(teams)s. Please give them different names first, or put "
            "this person into the right one on their page."
        )
    return message % {"team": row.unit, "teams": ", ".join(shown)}
