from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from common.forms import LONGEST_ID, PortalForm, PortalModelForm
from notifications.domain.overseeing import KindTotals, Standing, rows_standing
from notifications.models import MailText, MessageQuerySet, Notice
from notifications.words import Text, Words
from people.models import Person


@dataclass(frozen=True)
class NoticeView:
    """One way to look at the notices, as a link."""

    label: str
    url: str
    current: bool


class NoticeFilter(PortalForm):
    """Which notices are shown; anything else than its choices shows all."""

    UNREAD = "unread"

    show = forms.ChoiceField(
        required=False,
        choices=[("", _("All")), (UNREAD, _("Unread"))],
    )

    @property
    def unread_only(self) -> bool:
        return self.is_valid() and self.cleaned_data["show"] == self.UNREAD

    def views(self, path: str) -> list[NoticeView]:
        chosen = self.UNREAD if self.unread_only else ""
        return [
            NoticeView(str(label), f"{path}?show={value}" if value else path, value == chosen)
            for value, label in NoticeFilter.base_fields["show"].choices  # type: ignore[attr-defined]
        ]


class ReadAllForm(PortalForm):
    """``newest``: the first of what the viewer saw, so that what came since stays unread."""

    newest = forms.CharField(max_length=LONGEST_ID - 1)

    def __init__(self, *args: Any, viewer: Person, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._theirs = Notice.objects.filter(person=viewer, due__lte=now)

    def clean_newest(self) -> Notice:
        number: str = self.cleaned_data["newest"]
        found = self._theirs.filter(pk=number).first() if number.isascii() and number.isdigit() else None
        if found is None:
            raise forms.ValidationError(_("There is no such notification."))
        return found


class CapturedFilter(PortalForm):
    address = forms.CharField(
        label=_("Address"),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"class": "form-control", "type": "search"}),
    )


class OutboxFilter(PortalForm):
    """Which mail of one kind is shown; anything else than its choices shows all."""

    standing = forms.ChoiceField(
        label=_("Where it stands"),
        required=False,
        choices=[("", _("All")), *Standing.choices],
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    def narrow(self, messages: MessageQuerySet, now: dt.datetime) -> MessageQuerySet:
        return messages.filter(rows_standing(self.standing_asked, now)) if self.standing_asked else messages

    @property
    def standing_asked(self) -> Standing | None:
        chosen = self.cleaned_data.get("standing") if self.is_valid() else ""
        return Standing(chosen) if chosen else None


class ByHandForm(PortalForm):
    """What is done to the mail of one kind as a whole. ``totals`` are those the page shows beside it."""

    anonymous = forms.BooleanField(required=False, widget=forms.HiddenInput)
    standings = forms.MultipleChoiceField(
        label=_("Which of them"), widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )

    def __init__(
        self, *args: Any, totals: KindTotals | None, offered: Sequence[Standing], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        counts = totals.counts if totals else {}
        self.fields["standings"].choices = [  # type: ignore[attr-defined]
            (one.value, f"{one.label}: {number_format(counts.get(one, 0), force_grouping=True)}")
            for one in offered
        ]

    @property
    def standings_asked(self) -> list[Standing]:
        return [Standing(one) for one in self.cleaned_data["standings"]]


class MailTextForm(PortalModelForm[MailText]):
    """The words of one mail in one language. What ``words`` does not allow stands beside its field."""

    detect_lost_update = True

    class Meta:
        model = MailText
        fields = ["subject", "body"]
        widgets = {"body": forms.Textarea(attrs={"rows": 14})}
        help_texts = {
            "body": _(
                "Plain text. An empty line begins a paragraph, and the first paragraph is the heading."
            ),
        }

    def __init__(self, *args: Any, words: Words, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = words
        for name in ("subject", "body"):
            self.fields[name].widget.attrs |= {"lang": self.instance.language, "dir": "auto"}

    @property
    def text(self) -> Text:
        return Text(self.cleaned_data["subject"], self.cleaned_data["body"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "subject" in cleaned and "body" in cleaned:
            for field, faults in self.words.faults(self.text).items():
                self.add_error(field, faults)
        return cleaned
