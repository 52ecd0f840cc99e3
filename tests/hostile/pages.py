"""Reading our own pages as a browser does: which forms they hold, and whether anything in them could run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

# What a person may type freely into; everything else offers choices or wants a shape.
FREE = {"text", "search", "textarea"}
NOT_SENT = {"submit", "button", "reset", "image"}
# A well-shaped value where the page offers none.
SHAPES = {
    "email": "somebody.new@brightwater.example",
    "password": "a quiet harbour at dawn",
    "number": "1",
    "date": "2031-03-04",
    "datetime-local": "2031-03-04T09:00",
    "time": "09:00",
    "url": "https://brightwater.example/",
    "tel": "1",
}
RUNS = {"href", "src", "action", "formaction", "data", "poster", "hx-get", "hx-post", "xlink:href"}


@dataclass
class Field:
    """``offered`` are the values a person may choose from; ``value`` those sent if nothing is touched."""

    name: str
    kind: str
    value: list[str] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    most: int = 0

    @property
    def is_free(self) -> bool:
        return self.kind in FREE

    @property
    def filled(self) -> list[str]:
        """What a willing person sends."""
        if any(self.value):
            return self.value
        if chosen := [value for value in self.offered if value]:
            return chosen[:1]
        return [SHAPES[self.kind]] if self.kind in SHAPES else self.value


@dataclass
class Form:
    page: str
    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)

    @property
    def url_name(self) -> str:
        try:
            return resolve(urlsplit(self.action).path).view_name
        except Resolver404:
            return f"nowhere: {self.action}"

    @property
    def shape(self) -> tuple[str, ...]:
        return (self.url_name, *sorted(self.fields))

    @property
    def free(self) -> list[Field]:
        return [one for one in self.fields.values() if one.is_free]

    @property
    def files(self) -> list[Field]:
        return [one for one in self.fields.values() if one.kind == "file"]

    def filled(self, **instead: str) -> dict[str, list[str]]:
        data = {name: one.filled for name, one in self.fields.items() if one.kind != "file"}
        return data | {name: [value] for name, value in instead.items()}


class Page(HTMLParser):
    """``dangers`` are what a strict policy has to stop: none of it stands in a page of ours."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self.dangers: list[str] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._select: Field | None = None
        self._area: Field | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        attrs = {name: value or "" for name, value in attributes}
        self.dangers += _dangers(tag, attrs)
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag == "form":
            action = urljoin(self.url, attrs.get("action") or self.url)
            self._form = Form(self.url, action, attrs.get("method", "get").lower())
            self.forms.append(self._form)
        if self._form is None:
            return
        match tag:
            case "button" if attrs.get("formaction"):
                action = urljoin(self.url, attrs["formaction"])
                self.forms.append(Form(self.url, action, self._form.method, self._form.fields))
            case "input":
                self._input(attrs)
            case "select":
                self._select = self._field(attrs, "select")
            case "option" if self._select is not None:
                self._select.offered.append(attrs.get("value", ""))
                if "selected" in attrs:
                    self._select.value.append(attrs.get("value", ""))
            case "textarea":
                self._area = self._field(attrs, "textarea")

    def _input(self, attrs: dict[str, str]) -> None:
        kind = attrs.get("type", "text").lower()
        if kind in NOT_SENT or not attrs.get("name"):
            return
        one = self._field(attrs, kind)
        value = attrs.get("value", "on" if kind in {"checkbox", "radio"} else "")
        if kind in {"checkbox", "radio"}:
            one.offered.append(value)
            if "checked" in attrs:
                one.value.append(value)
        elif kind != "file":
            one.value.append(value)

    def _field(self, attrs: dict[str, str], kind: str) -> Field:
        assert self._form is not None
        one = self._form.fields.setdefault(attrs.get("name", ""), Field(attrs.get("name", ""), kind))
        one.most = int(attrs.get("maxlength") or 0)
        return one

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value = ["".join([*self._area.value, data])]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None


OUR_FRAME = re.compile(r"/surveys/\d+/preview/page/(\?[\w=&-]*)?")


def _dangers(tag: str, attrs: dict[str, str]) -> Iterator[str]:
    if (
        tag == "script"
        and not attrs.get("src", "").startswith("/")
        and attrs.get("type") != "application/json"
    ):
        yield "a script in the page"
    if tag in {"object", "embed", "base", "style", "frame", "applet", "marquee", "isindex"}:
        yield f"<{tag}>"
    # A survey beside its questions is the one page of ours that stands in another.
    if tag == "iframe" and not OUR_FRAME.fullmatch(attrs.get("src", "")):
        yield f"<iframe src={attrs.get('src', '')[:60]!r}>"
    for name, value in attrs.items():
        if name.startswith(("on", "hx-on")) or name in {"style", "srcdoc"}:
            yield f"<{tag} {name}={value[:60]!r}>"
        address = "".join(character for character in value if character > " ").casefold()
        elsewhere = () if tag == "a" else ("//", "http:", "https:")
        if name in RUNS and address.startswith(("javascript:", "data:", "vbscript:", *elsewhere)):
            yield f"<{tag} {name}={value[:60]!r}>"
