from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import LONGEST_ID, PortalForm
from notifications.models import Notice
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
