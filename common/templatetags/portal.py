"""Small parts of the look that every page uses. The library is built in: no template loads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common import languages

register = template.Library()

# Arrows and chevrons point the other way where people read from right to left.
_FLIPPED_ICONS = {"back", "branch", "door", "next", "undo"}
_TINTS = 6
_TONES = {"", "accent", "good", "care", "bad"}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A picture of ``static/icons.svg``. Beside a word it says nothing; alone it needs a ``label``."""
    css = "cp-icon cp-flip" if name in _FLIPPED_ICONS else "cp-icon"
    address = f"{static('icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}"></use></svg>', css, label, address
        )
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"></use></svg>', css, address)


def initials(name: str) -> str:
    """First letters of the first and last word; of a single word its first two."""
    words = [word for word in name.split() if word[0].isalnum()] or name.split()
    if not words:
        return "?"
    return (words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]).upper()


@register.simple_tag
def avatar(who: Any, size: str = "", *, team: bool = False) -> SafeString:
    """Round for a person, square for a ``team``; always beside the name, so hidden from screen readers.

    ``size`` is ``"sm"`` or nothing. The tint follows the id and never says anything.
    """
    css = ["cp-avatar", f"cp-t{(who.pk or 0) % _TINTS + 1}"]
    if size:
        css.append(f"cp-avatar-{size}")
    if team:
        css.append("cp-avatar-team")
    return format_html('<span class="{}" aria-hidden="true">{}</span>', " ".join(css), initials(str(who)))


@register.simple_tag
def chip(text: str, tone: str = "", icon_name: str = "") -> SafeString:
    """A state in one to three words. A coloured one has an icon: colour alone says nothing."""
    if tone not in _TONES:
        raise template.TemplateSyntaxError(f"A chip is one of {sorted(_TONES)}, not {tone!r}.")
    css = f"cp-chip cp-chip-{tone}" if tone else "cp-chip"
    picture = icon(icon_name) if icon_name else ""
    return format_html('<span class="{}">{}{}</span>', css, picture, text)


@register.simple_tag
def crumbs(*parts: str) -> SafeString:
    """``{% crumbs _("Surveys") list_url wave.title %}``: label and address in turn, the page itself last."""
    steps: Sequence[str] = parts[:-1]
    links = format_html_join(
        "",
        '<li class="breadcrumb-item"><a href="{}">{}</a></li>',
        ((address, label) for label, address in zip(steps[::2], steps[1::2], strict=True)),
    )
    return format_html(
        '<ol class="breadcrumb">{}<li class="breadcrumb-item active" aria-current="page">'
        "<bdi>{}</bdi></li></ol>",
        links,
        parts[-1],
    )


@register.inclusion_tag("partials/empty.html")
def empty(
    title: str,
    text: str = "",
    *,
    icon_name: str = "",
    tone: str = "",
    url: str = "",
    action: str = "",
) -> dict[str, str]:
    """Nothing here: yet (the picture of the tie), any more (``icon_name="check" tone="good"``), or ever."""
    return {
        "title": title,
        "text": text,
        "icon_name": icon_name,
        "tone": tone,
        "url": url,
        "action": action,
    }


@register.simple_tag
def progress(done: int, total: int, label: str) -> SafeString:
    """Parts done, never an average or a score."""
    return format_html(
        '<progress class="cp-bar" value="{}" max="{}" aria-label="{}">{} / {}</progress>',
        done,
        max(total, 1),
        label,
        number_format(done, force_grouping=True),
        number_format(total, force_grouping=True),
    )


@register.simple_tag(takes_context=True)
def language_offers(context: template.Context, parameter: str = languages.PARAMETER) -> list[languages.Offer]:
    """The languages this page can be read in; none where there is no request to answer."""
    request: HttpRequest | None = context.get("request")
    return languages.offers(request, parameter) if request else []


@register.inclusion_tag("partials/pager.html", takes_context=True)
def pager(context: template.Context, page: Any) -> dict[str, Any]:
    """First and next page of a ``common.paging.Page``, with the rest of the query kept."""
    request: HttpRequest = context["request"]
    first, following = request.GET.copy(), request.GET.copy()
    first.pop("after", None)
    following["after"] = page.next_cursor or ""
    return {
        "first": f"{request.path}?{first.urlencode()}" if "after" in request.GET else "",
        "following": f"{request.path}?{following.urlencode()}" if page.next_cursor else "",
    }
