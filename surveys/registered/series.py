"""What rows of waves tell, show and lead to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common import day
from notifications import kinds
from surveys.domain.repeating import telling_of_series


def register() -> None:
    day.register(telling_of_series.waiting_rows)
    kinds.register_category(
        kinds.Category(
            telling_of_series.CATEGORY,
            _("Surveys that repeat"),
            _("For HR: one that could not open by itself, or that nobody answers for."),
            concerns=lambda person: person.is_hr,
        )
    )
    kinds.register(
        kinds.Kind(
            name=telling_of_series.KIND,
            label=_("A survey that repeats needs you"),
            category=telling_of_series.CATEGORY,
            render=telling_of_series.render,
            still_wanted=telling_of_series.is_still_wanted,
            again_when_in_doubt=True,
            notices=telling_of_series.notices,
            unsubscribable=True,
        )
    )
