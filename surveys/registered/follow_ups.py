"""What follow-ups tell, show and lead to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common import day, navigation
from notifications import kinds
from surveys.domain.following_up import asking_again, telling_owners
from surveys.domain.mailing import noticing, reminding
from surveys.follow_up_words import ASKING_AGAIN


def register() -> None:
    day.register(telling_owners.waiting_follow_ups)
    navigation.register_entry(
        navigation.NavEntry(
            group=navigation.Group.HR,
            label=_("Follow-ups"),
            url_name="surveys:follow-up-figures",
            icon="tie",
            order=12,
            visible=navigation.holds("surveys.keep_causes"),
            covers=("surveys:cause-",),
        )
    )
    _register_kinds()


def _register_kinds() -> None:
    kinds.register_category(
        kinds.Category(
            telling_owners.CATEGORY,
            _("Follow-ups"),
            _("Somebody you look after was not served well, and waits for you."),
            fixed=True,
        )
    )
    kinds.register(
        kinds.Kind(
            name=telling_owners.KIND,
            label=_("Somebody waits for you to get in touch"),
            category=telling_owners.CATEGORY,
            render=telling_owners.render,
            still_wanted=telling_owners.is_still_wanted,
            priority=kinds.Priority.NEEDED,
            again_when_in_doubt=True,
            notices=telling_owners.notices,
        )
    )
    kinds.register(
        kinds.Kind(
            name=telling_owners.STUCK,
            label=_("A follow-up is stuck"),
            category=telling_owners.CATEGORY,
            render=telling_owners.render_stuck,
            still_wanted=telling_owners.is_still_stuck,
            priority=kinds.Priority.NEEDED,
            again_when_in_doubt=True,
            notices=telling_owners.stuck_notices,
        )
    )
    kinds.register(
        kinds.Kind(
            name=asking_again.KIND,
            label=_("Asking again"),
            category=reminding.CATEGORY,
            render=asking_again.render,
            still_wanted=reminding.is_still_wanted,
            load=asking_again.load,
            wanted_rows=reminding.still_asked,
            after_sent=reminding.plan_reminders,
            again_when_in_doubt=True,
            notices=noticing.survey_notices,
            unsubscribable=True,
            words=(ASKING_AGAIN,),
        )
    )
