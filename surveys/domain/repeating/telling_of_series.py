"""What HR learns of a row of waves that does not go on by itself: by mail, in the portal, on "My day"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from common.day import WaitingItem
from notifications.domain.queueing import NewMessage, queue_many
from notifications.kinds import Mail, NoticeWords
from notifications.models import Message, Notice
from people.models import Person
from surveys.models import Wave, WaveSeries

KIND = "surveys.row_waits"
CATEGORY = "survey-rows"


class What(StrEnum):
    WAITS = "waits"
    MISSED = "missed"
    NOBODY = "nobody"


def tell(series: WaveSeries, wave: Wave, what: What, now: dt.datetime) -> None:
    """Whoever started it, else everybody of HR; once for each wave and day it was planned for."""
    readers = [series.starter] if series.starter else list(Person.objects.active().in_hr())
    queue_many(
        NewMessage(
            key=f"row:{wave.pk}:{wave.opens_at.timestamp():.0f}:{what}:{reader.pk}",
            kind=KIND,
            due=now,
            person=reader,
            context={"wave": wave.pk, "what": what.value, "series": series.pk},
        )
        for reader in readers
    )


def is_still_wanted(message: Message) -> bool:
    return message.person is not None and message.person.is_hr and _is_true(message, _waves([message]))


def render(message: Message) -> Mail:
    wave = _waves([message])[message.context["wave"]]
    what = What(message.context["what"])
    return Mail(
        subject=_title(what, wave),
        template="surveys/mail/row_waits",
        context={"reason": _why(what), "link": settings.PORTAL_URL + _path(message)},
        why=_("You get this mail because you are in HR and this row of surveys needs somebody."),
    )


def notices(told: Sequence[Message | Notice]) -> dict[int, NoticeWords]:
    waves = _waves(told)
    readers = Person.objects.filter(pk__in={one.person_id for one in told})
    in_hr = set(readers.in_hr().values_list("pk", flat=True))
    return {
        one.pk: NoticeWords(
            title=_title(What(one.context["what"]), waves[one.context["wave"]]),
            why=_why(What(one.context["what"])),
            path=_path(one),
            action=_("Look at it"),
            icon="cal",
        )
        for one in told
        if one.person_id in in_hr and _is_true(one, waves)
    }


def _waves(told: Sequence[Message | Notice]) -> dict[int, Wave]:
    ids = {one.context["wave"] for one in told}
    return Wave.objects.for_lists().select_related("series").in_bulk(ids)


def _is_true(told: Message | Notice, waves: dict[int, Wave]) -> bool:
    wave = waves.get(told.context["wave"])
    if wave is None or wave.series is None:
        return False
    if told.context["what"] == What.MISSED:
        return True
    return wave.opens_by_itself and wave.opens_at <= timezone.now()


def _path(told: Message | Notice) -> str:
    return reverse("surveys:series-detail", kwargs={"pk": told.context["series"]})


def _title(what: What, wave: Wave) -> str:
    names = {"title": wave.title}
    match what:
        case What.WAITS:
            return _("“%(title)s” could not open by itself") % names
        case What.MISSED:
            return _("“%(title)s” was left out this time") % names
        case What.NOBODY:
            return _("“%(title)s” needs somebody of HR") % names


def _why(what: What) -> str:
    match what:
        case What.WAITS:
            return _("The page says what stands in the way. It is tried again until it would close.")
        case What.MISSED:
            return _("It could not open before it would have closed. It is planned for the next time.")
        case What.NOBODY:
            return _("Whoever started it is no longer in HR. Somebody else needs to take it over.")


# --- My day -------------------------------------------------------------------------------------------------
def waiting_rows(person: Person, now: dt.datetime) -> list[WaitingItem]:
    """For HR: those that should have opened and have not."""
    if not person.is_hr:
        return []
    late = (
        Wave.objects.for_lists()
        .select_related("series")
        .filter(number__gt=1, series__active=True, state=Wave.State.DRAFT, opens_at__lte=now)
        .order_by("opens_at", "pk")
    )
    return [
        WaitingItem(
            title=_("“%(title)s” could not open by itself") % {"title": wave.title},
            why=_("It was planned for %(day)s")
            % {"day": date_format(timezone.localtime(wave.opens_at), "WEEKDAY_TIME_FORMAT")},
            url=reverse("surveys:series-detail", kwargs={"pk": wave.series_id}),
            action=_("Look at it"),
            icon="cal",
            due=wave.closes_at,
        )
        for wave in late
    ]
