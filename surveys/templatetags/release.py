"""The one way a figure of a wave gets onto a page (anonymity.md R8).

Each number stands in an element that names the cell of the release it comes from, and is printed only as
``domain.results.reporting`` worded it. A figure of another wave has that wave's number before its cell
(``12:listens@1#mean``); a change has both cells (``12:listens@1|listens@1#mean.difference``).
"""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.templatetags.portal import chip, icon
from surveys.domain.counting.rating import why_no_rate
from surveys.domain.counting.releasing import ReleasedGroup
from surveys.domain.results.judging_change import Change, Point, Verdict
from surveys.domain.results.reading import ReadQuestion
from surveys.domain.results.reporting import QuestionReport, Share
from surveys.domain.results.trending import ItemChange, Trend, TrendRow

register = template.Library()

# Arrows point the way the value went, colours say whether that is good.
_LOOK_OF_CHANGE = {
    Verdict.BETTER: ("good", "up"),
    Verdict.WORSE: ("bad", "down"),
    Verdict.MORE: ("accent", "up"),
    Verdict.LESS: ("accent", "down"),
    Verdict.UP: ("accent", "up"),
    Verdict.DOWN: ("accent", "down"),
    Verdict.NO_EVIDENCE: ("", ""),
}


@register.simple_tag
def figure(said: QuestionReport, part: str, share: Share | None = None) -> SafeString:
    """``part`` is "n", "mean", "interval", "favourable" or "nps"; or "share", of the answer given."""
    if share is not None:
        return _named(f"{said.cell}#{part}:{share.code}", share.words)
    words = {
        "n": said.n_words,
        "mean": said.mean_words,
        "interval": said.interval_words,
        "favourable": said.favourable_words,
        "nps": said.nps_words,
    }[part]
    return _named(f"{said.cell}#{part}", words)


@register.simple_tag
def changed(item: ItemChange, change: Change, part: str) -> SafeString:
    """``part`` is "then", "now", "difference" or "interval"."""
    words = {
        "then": change.then_words,
        "now": change.now_words,
        "difference": change.difference_words,
        "interval": change.interval_words,
    }[part]
    return _named(f"{item.cells}#{change.part}.{part}", words)


@register.simple_tag
def verdict(change: Change) -> SafeString | str:
    """Better, worse or no evidence of change, as a chip."""
    if change.verdict is None:
        return ""
    tone, icon_name = _LOOK_OF_CHANGE[change.verdict]
    return chip(change.verdict.label, tone, icon_name)


@register.simple_tag
def trend_point(row: TrendRow, part: str, at: Point | None) -> SafeString:
    if at is None:
        return format_html("{}", "–")
    return _named(f"{row.cell}#{part}.point", at.words)


@register.simple_tag
def trend_interval(row: TrendRow, part: str, at: Point | None) -> SafeString:
    if at is None or not at.interval_words:
        return format_html("{}", "")
    return _named(f"{row.cell}#{part}.ends", at.interval_words)


@register.inclusion_tag("surveys/partials/results_spark.html")
def spark(trends: Mapping[str, Trend], read: ReadQuestion) -> dict[str, Trend | None]:
    """The figures of an item over time as a small line; nothing where there is only one."""
    return {"trend": trends.get(read.question.key)}


@register.simple_tag
def response_rate(group: ReleasedGroup) -> SafeString:
    """The share that answered, where the group is large enough to have one (R1)."""
    if group.response_rate_words:
        return _named(f"rate@{group.code}", group.response_rate_words)
    return not_shown(why_no_rate(group.invited_count))


@register.simple_tag
def not_shown(words: str) -> SafeString:
    """Stripes and the reason, where a figure would stand."""
    return format_html('<span class="cp-hidden">{}<span>{}</span></span>', icon("hidden"), words)


def _named(cell: str, words: str) -> SafeString:
    return format_html('<span class="cp-num" data-cell="{}">{}</span>', cell, words)
