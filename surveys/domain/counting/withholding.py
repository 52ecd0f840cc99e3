"""A comment HR takes out of the results (anonymity.md C3)."""

from __future__ import annotations

from django.db import transaction

from common import audit
from people.models import Person
from surveys.domain.results.improving import hide_quotations
from surveys.models import Comment


@transaction.atomic
def withhold(comment: Comment, *, by: Person) -> bool:
    """Nobody sees the comment any more; whether this call did it. The log names the wave, not the words.

    What was written on the results and quotes it is shown no more either.
    """
    changed = Comment.objects.filter(pk=comment.pk, withheld=False).update(withheld=True)
    if changed:
        hide_quotations(comment)
        audit.record(by=by, action="comment.withheld", obj=comment.wave, question=comment.question_key)
    return bool(changed)
