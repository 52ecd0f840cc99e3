"""Finds words somebody may read that no translation can reach: in templates and in Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from culture_portal.catalogues import BASE_DIR

# --- Templates ----------------------------------------------------------------------------------------------
# What reads the same in every language.
SAME_EVERYWHERE = {"Culture Portal", "NPS", "CSV", "HR", "DE", "PNG", "xlsx", "csv", "de", "en"}
_READ_ALOUD = {"alt", "title", "aria-label", "aria-description", "placeholder", "label", "summary"}
_TRANSLATED = re.compile(r"{%-?\s*blocktrans(?:late)?\b.*?{%\s*endblocktrans(?:late)?\s*%}", re.DOTALL)
_COMMENT = re.compile(r"{#.*?#}|{%\s*comment.*?endcomment\s*%}|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"{%(.*?)%}|{{(.*?)}}", re.DOTALL)
# Our own tags whose arguments are read; _("...") is what translates them.
_WORDY_TAG = re.compile(r"^\s*(?:chip|crumbs|empty|progress|icon)\b")
_WORDY_FILTER = re.compile(r"""\|(?:default|default_if_none|yesno|pluralize):(_\()?(['"])(.*?)\2""")
_LITERAL = re.compile(r"""(_\(|\w+=)?(['"])(.*?)\2""")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ENTITY = re.compile(r"&\w+;|&#\d+;")


def _is_wording(text: str) -> bool:
    text = _ENTITY.sub(" ", text).strip()
    return bool(_WORD.search(text)) and text not in SAME_EVERYWHERE


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[int, str]] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style"}
        values = {name: value or "" for name, value in attrs}
        read = [value for name, value in values.items() if name in _READ_ALOUD]
        if tag == "button" or values.get("type") in {"submit", "button", "reset"}:
            read += [values.get("value", "")] if tag == "input" else []
        self.found += [(self.getpos()[0], value) for value in read if _is_wording(value)]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        if not self._silent and _is_wording(data):
            self.found.append((self.getpos()[0], data.strip()))


def unwrapped_in_template(source: str) -> list[tuple[int, str]]:
    """(line, words) of a template that stand outside every translation."""

    def blank(match: re.Match[str]) -> str:
        return "\n" * match.group().count("\n")

    source = _TRANSLATED.sub(blank, _COMMENT.sub(blank, source))
    found: list[tuple[int, str]] = []
    for match in _TAG.finditer(source):
        line = source.count("\n", 0, match.start()) + 1
        found += [(line, words) for words in _unwrapped_in_tag(match.group(1) or "", match.group(2) or "")]
    page = _Page()
    page.feed(_TAG.sub(blank, source))
    return sorted(found + page.found)


def _unwrapped_in_tag(block: str, variable: str) -> Iterator[str]:
    for wrapped, _quote, words in _WORDY_FILTER.findall(block or variable):
        if not wrapped and _is_wording(words):
            yield words
    if _WORDY_TAG.match(block):
        for before, _quote, words in _LITERAL.findall(block):
            # Names of icons and tones are small and single.
            if before != "_(" and _is_wording(words) and (" " in words or words[0].isupper()):
                yield words


# --- Python -------------------------------------------------------------------------------------------------
# Speak to whoever runs or builds the portal, in English.
FOR_OPERATORS = (
    "culture_portal/bootstrap.py",
    "culture_portal/supervisor.py",
    "culture_portal/settings.py",
    "culture_portal/environment.py",
    "culture_portal/gunicorn.py",
    "culture_portal/metrics.py",
    "culture_portal/health.py",
    "common/logs.py",
    "common/retention",
    "culture_portal/catalogues.py",
    "culture_portal/demo/",
    "/management/",
    "/migrations/",
    "/checks.py",
)
_TRANSLATORS = {
    "_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy",
    "npgettext", "npgettext_lazy",
}  # fmt: skip
# Nobody but a developer reads what these are given.
_UNREAD_CALLS = {
    "debug", "info", "warning", "error", "exception", "critical", "compile", "execute", "getLogger", "log",
    "RunSQL", "RawSQL", "match", "sub", "fullmatch", "search", "findall", "add_argument", "cursor",
    "deprecated", "get_or_create", "encode", "Gauge", "Counter", "Histogram", "format_html", "mark_safe",
    "format_html_join", "dedent", "one_by_one",
}  # fmt: skip
_SHOWN_ERRORS = {"ValidationError", "ImportRefused", "Unreadable"}
_READ_KEYWORDS = {
    "label", "help_text", "verbose_name", "verbose_name_plural", "empty_label", "subject", "why", "more",
    "title", "lead", "action_label", "words", "message", "violation_error_message",
}  # fmt: skip
_SENTENCE = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]+")
_NOT_WORDS = re.compile(
    r"^[\w./:-]+$|[<>{}=]{1}.*[<>]|^[a-z0-9_.:-]+( [a-z0-9_.:-]+)+$|SELECT |UPDATE |INSERT "
)


def python_files() -> list[Path]:
    apps = ("common", "people", "notifications", "customers", "surveys", "culture_portal")
    files = (path for app in apps for path in sorted((BASE_DIR / app).rglob("*.py")))
    return [path for path in files if not any(part in path.as_posix() for part in FOR_OPERATORS)]


class _Module(ast.NodeVisitor):
    """Collects literal sentences, and single words where a word is certainly read."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []

    def visit_Call(self, node: ast.Call) -> None:
        name = _name_of(node.func)
        if name in _TRANSLATORS or name in _UNREAD_CALLS:
            return
        if name == "Field":
            # Of an import: name, label, and what its column may be called, in several languages.
            self._word(node.args[1])
            return
        for keyword in node.keywords:
            if keyword.arg in _READ_KEYWORDS:
                self._word(keyword.value)
        if _is_model_field(node) and node.args:
            self._word(node.args[0])
        if _name_of(node.func, of="messages") and len(node.args) > 1:
            self._word(node.args[1])
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call) and _name_of(node.exc.func) in _SHOWN_ERRORS:
            self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if any(_name_of(base) in {"TextChoices", "IntegerChoices"} for base in node.bases):
            for line in node.body:
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Tuple):
                    self._word(line.value.elts[-1])
        self._body(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._body(node)

    def visit_Module(self, node: ast.Module) -> None:
        self._body(node)

    def visit_Assert(self, node: ast.Assert) -> None:
        return

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and _SENTENCE.search(node.value) and not _NOT_WORDS.search(node.value):
            self.found.append((node.lineno, node.value))

    def _body(self, node: ast.ClassDef | ast.FunctionDef | ast.Module) -> None:
        """All of it but the docstring, and the strings that only stand there."""
        for child in ast.iter_child_nodes(node):
            if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
                self.visit(child)

    def _word(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_wording(node.value):
            self.found.append((node.lineno, node.value))


def _name_of(node: ast.expr, of: str = "") -> str:
    """The last part of a dotted name; with ``of`` only where the part before it is that."""
    if isinstance(node, ast.Attribute):
        before = node.value.id if isinstance(node.value, ast.Name) else ""
        return node.attr if not of or before == of else ""
    return node.id if isinstance(node, ast.Name) and not of else ""


def _is_model_field(node: ast.Call) -> bool:
    name = _name_of(node.func, of="models")
    return name.endswith("Field") and name != "JSONField"


def unwrapped_in_python(source: str) -> list[tuple[int, str]]:
    """(line, words) of a module that look like words for a reader and are not wrapped."""
    module = _Module()
    module.visit(ast.parse(source))
    return sorted(set(module.found))
