from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SurveysConfig(AppConfig):
    name = "surveys"

    def ready(self) -> None:
        # The registries below are filled once the models of every app are there.
        from common import day, erasing, navigation, retention  # noqa: PLC0415
        from customers import usage  # noqa: PLC0415
        from notifications import categories, kinds  # noqa: PLC0415
        from surveys import follow_up_kinds, mail_words, series_kinds  # noqa: PLC0415
        from surveys.domain import (  # noqa: PLC0415
            approving,
            asking,
            downloading,
            forgetting,
            handing_over,
            holding_back,
            improving,
            noticing,
            pointing,
            reminding,
            trying,
        )

        follow_up_kinds.register()
        series_kinds.register()
        downloading.register_parts()
        erasing.register(forgetting.take_out)
        retention.register("invitations", forgetting.forget_invitations)
        retention.register("named-answers", forgetting.forget_names)

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
        day.register(asking.waiting_surveys)
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
        day.register(approving.waiting_for_approval)
        day.register(handing_over.surveys_to_plan)
        usage.register(pointing.surveys_asking_about)
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
                name=trying.TRIAL,
                label=_("Trial of a wave's mail"),
                category=categories.ACCOUNT,
                render=trying.render,
                still_wanted=trying.still_wanted,
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
