"""Who may do what with surveys and their waves."""

from __future__ import annotations

import rules

from common.rules import is_hr
from people.models import Person
from surveys.models import Comment, Wave


@rules.predicate
def asked_for_launch(person: Person, wave: Wave | None) -> bool:
    return wave is not None and wave.launched_by_id == person.pk


@rules.predicate
def may_see_results(person: Person, wave: Wave | None) -> bool:
    """The rule itself is the queryset's, so that lists and single pages cannot disagree."""
    return wave is not None and Wave.objects.results_visible_to(person).filter(pk=wave.pk).exists()


@rules.predicate
def is_reader(person: Person, wave: Wave | None) -> bool:
    return (
        wave is not None
        and person.is_active
        and not wave.is_anonymous
        and wave.readers.filter(pk=person.pk).exists()
    )


@rules.predicate
def leads_a_team(person: Person) -> bool:
    return person.is_active and bool(person.led_team_ids)


@rules.predicate
def reads_answers(person: Person) -> bool:
    """Is named on the first page of some wave by name; a wave that only asks again has no figures."""
    return person.is_active and Wave.objects.planned().filter(readers=person).exists()


@rules.predicate
def is_of_anonymous_wave(person: Person, comment: Comment | None) -> bool:
    return comment is None or comment.wave.is_anonymous


# Of whose teams, its queryset says.
rules.add_perm("surveys.build_survey", is_hr | leads_a_team)
# For everybody in the organisation, and as HR's own.
rules.add_perm("surveys.build_for_all", is_hr)
rules.add_perm("surveys.launch_wave", is_hr)
# anonymity.md R7: a second person, never whoever asked.
rules.add_perm("surveys.approve_wave", is_hr & ~asked_for_launch)
rules.add_perm("surveys.view_results", may_see_results)
rules.add_perm("surveys.read_named_answers", is_reader)
# Figures over follow-ups; who may open one of them its queryset says.
rules.add_perm("surveys.see_recovery", is_hr | reads_answers)
rules.add_perm("surveys.keep_causes", is_hr)
rules.add_perm("surveys.withhold_comment", is_hr & is_of_anonymous_wave)
