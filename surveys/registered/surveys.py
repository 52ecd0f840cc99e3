"""What surveys and their waves tell, show and lead to."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from common import day, erasing, navigation, retention
from customers import usage
from notifications import categories, kinds
from surveys import mail_words
from surveys.domain import downloading, forgetting, pointing
from surveys.domain.building import handing_over
from surveys.domain.mailing import asking, noticing, reminding, trial_mails
from surveys.domain.results import improving
from surveys.domain.waves import approving, holding_back


def register() -> None:
    downloading.register_parts()
    erasing.register(forgetting.take_out)
    retention.register("invitations", forgetting.forget_invitations)
    retention.register("named-answers", forgetting.forget_names)
    day.register(asking.waiting_surveys)
    day.register(approving.waiting_for_approval)
    day.register(handing_over.surveys_to_plan)
    usage.register(pointing.surveys_asking_about)
    _register_entries()
    _register_kinds()


def _register_entries() -> None:
    navigation.register_entry(
        navigation.NavEntry(
            group=navigation.Group.MY_WORK,
            label=_("Surveys"),
            url_name="surveys:my-surveys",
            icon="ask",
            order=20,
            count=asking.count_open,
            covers=(
                "surveys:wave-results",
                "surveys:wave-answer",
                "surveys:comment-",
                "surveys:improvement-",
                "surveys:follow-up-list",
                "surveys:follow-up-detail",
            ),
            tab=3,
        )
    )
    navigation.register_entry(
        navigation.NavEntry(
            group=navigation.Group.HR,
            label=_("Survey builder"),
            url_name="surveys:survey-list",
            icon="pencil",
            order=10,
            visible=navigation.holds("surveys.build_for_all"),
            covers=("surveys:survey-", "surveys:section-", "surveys:question-", "surveys:wave-create"),
        )
    )
    navigation.register_entry(
        navigation.NavEntry(
            group=navigation.Group.HR,
            label=_("Waves"),
            url_name="surveys:wave-list",
            icon="cal",
            order=11,
            visible=navigation.holds("surveys.launch_wave"),
        )
    )


def _register_kinds() -> None:
    kinds.register_category(
        kinds.Category(
            reminding.CATEGORY,
            _("Surveys"),
            _("Invitations and their reminders. Without e-mail, new surveys leave you out."),
        )
    )
    kinds.register(
        kinds.Kind(
            name=reminding.INVITATION,
            label=_("Survey invitation"),
            category=reminding.CATEGORY,
            render=reminding.render_invitation,
            still_wanted=reminding.is_still_wanted,
            load=reminding.load,
            wanted_rows=reminding.may_go,
            holds=reminding.holds,
            after_sent=reminding.plan_reminders,
            apart=holding_back.apart,
            again_when_in_doubt=True,
            notices=noticing.survey_notices,
            unsubscribable=True,
            confidential=reminding.is_confidential,
            words=(mail_words.INVITATION,),
        )
    )
    kinds.register(
        kinds.Kind(
            name=trial_mails.TRIAL,
            label=_("Trial of a wave's mail"),
            category=categories.ACCOUNT,
            render=trial_mails.render,
            still_wanted=trial_mails.still_wanted,
            priority=kinds.Priority.URGENT,
        )
    )
    kinds.register(
        kinds.Kind(
            name=improving.KIND,
            label=_("What became of a survey"),
            category=reminding.CATEGORY,
            render=improving.render,
            still_wanted=improving.still_wanted,
            priority=kinds.Priority.REMINDER,
            notices=improving.notices,
            unsubscribable=True,
            confidential=improving.is_confidential,
        )
    )
    kinds.register(
        kinds.Kind(
            name=reminding.REMINDER,
            label=_("Survey reminder"),
            category=reminding.CATEGORY,
            render=reminding.render_reminder,
            still_wanted=reminding.is_still_wanted,
            load=reminding.load,
            wanted_rows=reminding.may_go,
            holds=reminding.holds,
            priority=kinds.Priority.REMINDER,
            notices=noticing.survey_notices,
            unsubscribable=True,
            confidential=reminding.is_confidential,
            words=(mail_words.REMINDER, mail_words.LAST_REMINDER),
        )
    )
