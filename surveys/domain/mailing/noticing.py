"""The invitation to a wave and its reminders as they stand in the portal and in a digest."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from notifications.kinds import NoticeWords
from notifications.models import Message, Notice
from surveys.domain.mailing.asking import asked_until
from surveys.domain.mailing.linking import answer_path, stamp_of
from surveys.models import Invitation


def survey_notices(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    """By pk, without those that nobody may answer any more; one statement for all.

    As with what "My day" shows, only somebody whose address is still the frozen one is led on (anonymity.md
    S8): by another they could have taken over an account, and would find here who has answered.
    """
    asked = (
        Invitation.objects.filter(pk__in={one.context["invitation"] for one in told})
        .filter(person__is_active=True, address__iexact=F("person__email"))
        .unanswered()
        .taking_answers(timezone.now())
        .select_related("wave", "person")
        .defer("wave__questionnaire_json")
    )
    words = {
        invitation.pk: NoticeWords(
            title=invitation.wave.title,
            why=asked_until(invitation.wave),
            path=answer_path(invitation.handle, stamp_of(invitation.person)),
            action=_("Answer"),
            icon="ask",
        )
        for invitation in asked
    }
    return {one.pk: words[one.context["invitation"]] for one in told if one.context["invitation"] in words}
