"""A comment HR takes out of the results (anonymity.md C3)."""

from __future__ import annotations

from django.db import transaction

from common import audit
from people.models import Person
from surveys.models import Comment


@transaction.atomic
def withhold(comment: Comment, *, by: Person) -> bool:
    """Nobody sees the comment any more; whether this call did it. The log names the wave, not the words."""
    changed = Comment.objects.filter(pk=comment.pk, withheld=False).update(withheld=True)
    if changed:
        audit.record(by=by, action="comment.withheld", obj=comment.wave, question=comment.question_key)
    return bool(changed)
