"""What is decided of follow-ups, and what those who get in touch write down."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from common.forms import PortalForm, PortalModelForm
from people.forms.fields import PersonField
from people.models import Person
from surveys.domain.following_up.looking_after import Stage, Whose
from surveys.domain.following_up.stepping import items_to_follow
from surveys.forms.launching import Moment
from surveys.models import FollowUp, FollowUpCause, Wave
from surveys.questionnaire import Question, Questionnaire

MOST_DAYS = 30
LATEST_AGAIN = 120


def item_label(item: Question) -> str:
    text = f"{item.text}: {item.part}" if item.part else item.text
    return gettext("%(question)s (%(low)s to %(high)s)") % {
        "question": text,
        "low": item.low,
        "high": item.high,
    }


class WaveFollowUpForm(PortalForm):
    """``questionnaire`` as the survey stands now."""

    follow_up_question = forms.ChoiceField(
        label=_("Follow up on"),
        help_text=_("A question answered with a number. Without one nothing is followed up."),
        required=False,
    )
    follow_up_limit = forms.IntegerField(
        label=_("A low score is this or less"), required=False, min_value=0, max_value=10
    )
    follow_up_days = forms.IntegerField(
        label=_("Somebody gets in touch within so many working days"),
        help_text=_("After that it goes to their manager, and so on up the line."),
        min_value=1,
        max_value=MOST_DAYS,
    )
    follow_up_owner = PersonField(
        label=_("Who gets in touch where nobody else looks after them"),
        help_text=_(
            "Contacts outside are called by whoever looks after their organisation; everybody else, and "
            "those whom nobody looks after, by the one you name here. E-mail or employee number."
        ),
        required=False,
    )
    ask_again_days = forms.IntegerField(
        label=_("Ask them the same question again after so many working days"),
        help_text=_("Counted from the day the follow-up is closed. 0 means never."),
        min_value=0,
        max_value=LATEST_AGAIN,
    )

    def __init__(self, *args: Any, wave: Wave, questionnaire: Questionnaire, **kwargs: Any) -> None:
        names = list(self.base_fields)
        kwargs.setdefault("initial", {name: getattr(wave, name) for name in names})
        super().__init__(*args, **kwargs)
        self._items = {item.key: item for item in items_to_follow(questionnaire)}
        choices = [(key, item_label(item)) for key, item in self._items.items()]
        field = self.fields["follow_up_question"]
        field.choices = [("", gettext("Nothing is followed up")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        item = self._items.get(data.get("follow_up_question") or "")
        if item is None:
            data["follow_up_limit"] = None
            return data
        limit = data.get("follow_up_limit")
        if limit is None and "follow_up_limit" not in self.errors:
            self.add_error("follow_up_limit", _("Say which score is low."))
        elif limit is not None and not item.low <= limit < item.high:
            words = _("Choose from %(low)d to %(high)d.")
            self.add_error(
                "follow_up_limit", ValidationError(words, params={"low": item.low, "high": item.high - 1})
            )
        if data.get("follow_up_owner") is None and "follow_up_owner" not in self.errors:
            self.add_error("follow_up_owner", _("Name somebody, so that nobody waits in vain."))
        return data


class ContactForm(PortalForm):
    """The first contact: after the answer, and not still to come."""

    at = Moment(label=_("When"))
    channel = forms.ChoiceField(label=_("How"), choices=FollowUp.Channel, widget=forms.RadioSelect)

    def __init__(self, *args: Any, follow_up: FollowUp, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._follow_up, self._now = follow_up, now

    def clean_at(self) -> dt.datetime:
        at: dt.datetime = self.cleaned_data["at"]
        if at > self._now:
            raise ValidationError(_("Choose a time that is over."))
        # The field knows minutes only: within the minute of the answer is not before it.
        opened_at = self._follow_up.opened_at
        if at < opened_at.replace(second=0, microsecond=0):
            raise ValidationError(_("Choose a time after they answered."))
        return max(at, opened_at)


class NotesForm(PortalForm):
    """What is known so far; ``closing``: then both are needed."""

    done = forms.CharField(
        label=_("What was done"),
        help_text=_("In a few words, for whoever looks at this later."),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        max_length=2000,
    )
    cause = forms.ModelChoiceField(
        label=_("Why it happened"), queryset=FollowUpCause.objects.none(), empty_label=_("Choose one")
    )

    def __init__(self, *args: Any, follow_up: FollowUp, closing: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"done": follow_up.done, "cause": follow_up.cause_id})
        super().__init__(*args, **kwargs)
        offered = FollowUpCause.objects.in_use()
        if follow_up.cause_id:
            offered = offered | FollowUpCause.objects.filter(pk=follow_up.cause_id)
        self.fields["cause"].queryset = offered  # type: ignore[attr-defined]
        if not closing and self.is_bound:
            for field in self.fields.values():
                field.required = False


class HandOverForm(PortalForm):
    to = PersonField(label=_("Hand over to"))

    def __init__(self, *args: Any, follow_up: FollowUp, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._follow_up = follow_up

    def clean_to(self) -> Person:
        to: Person = self.cleaned_data["to"]
        if to.pk == self._follow_up.response.invitation.person_id:
            raise ValidationError(_("They gave the answer themselves. Choose somebody else."))
        return to


class FollowUpFilter(PortalForm):
    """The list's own; what is not valid narrows nothing."""

    whose = forms.ChoiceField(
        label=_("Whose"), required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    stage = forms.ChoiceField(
        label=_("Which"),
        required=False,
        choices=[(stage.value, stage.label) for stage in Stage],
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def __init__(self, *args: Any, with_people: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [one for one in Whose if with_people or one is not Whose.PEOPLE]
        self.fields["whose"].choices = [(one.value, one.label) for one in offered]  # type: ignore[attr-defined]

    @property
    def asked(self) -> tuple[Whose, Stage]:
        data = self.cleaned_data if self.is_valid() else {}
        return Whose(data.get("whose") or Whose.MINE), Stage(data.get("stage") or Stage.UNDONE)


class CauseForm(PortalModelForm[FollowUpCause]):
    class Meta:
        model = FollowUpCause
        fields = ["name"]
        labels = {"name": _("Cause")}
        help_texts = {"name": _("In a few words, without naming anybody.")}
        error_messages = {"name": {"unique": _("There is this cause already.")}}
