"""The one way a figure of a wave gets onto a page (anonymity.md R8).

Each number stands in an element that names the cell of the release it comes from, and is printed only as
``surveys.domain.reporting`` worded it.
"""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.templatetags.portal import icon
from surveys.domain.rating import why_no_rate
from surveys.domain.releasing import ReleasedGroup
from surveys.domain.reporting import QuestionReport, Share

register = template.Library()


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
