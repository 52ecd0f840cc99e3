"""Nothing the portal says stays untranslated. ``manage.py translations`` brings the catalogues up to date.

What is read in the source here, ``tests/authz/test_every_word.py`` looks for on pages and in mails.
"""

from __future__ import annotations

import datetime as dt
import importlib
import re
from collections import Counter

import polib
import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, number_format

from culture_portal import catalogues
from culture_portal.catalogues import BASE_DIR, catalogue_path
from tests.common import wording

LANGUAGES = catalogues.languages()
# Stand in Python and look like words, and are none for a reader.
NO_WORDING = {
    "common/importing/alphabets.py": "names of Unicode characters",
    "common/importing/names.py": "particles of names",
    "common/importing/sheet.py": "how spreadsheets write an error",
    "surveys/domain/counting/revealing.py": "names that are words as well",
    "culture_portal/signing_in/openid": "what a provider sent wrongly, for the log",
    "culture_portal/signing_in/views/openid.py": "the same",
    "culture_portal/proving/": "speaks to a terminal, in English as all commands do",
}
FOR_MACHINES = re.compile(
    r"^(text/|attachment; |public, |sessions\.|people\.|customers\.)"  # headers and names of models
    r"|prefers-color-scheme|^content="  # markup
    r"|STDIN|FOR KEY SHARE"  # SQL
    r"|^(Mac OS X|Samsung Internet|Culture Portal)$"  # names of products
    r"|^'? ?(leads to|, which is no address|The navigation entry|Register entries|Trigram)"  # developers
    r"|^(sent, but what follows|in doubt, sent again|/\(no route\))"  # kept for whoever runs the portal
)


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(catalogue_path(language)), wrapwidth=100)


@pytest.mark.needs_gettext
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_translated_with_its_placeholders(language: str) -> None:
    assert catalogues.faults(catalogue(language), catalogues.extract()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    path = catalogue_path(language)
    assert path.with_suffix(".mo").read_bytes() == catalogues.compiled(catalogue(language))


@pytest.mark.needs_gettext
def test_bringing_a_catalogue_up_to_date_moves_nothing_in_it() -> None:
    written = catalogue("de")
    assert str(catalogues.update(written, catalogues.extract())) == str(written)


@pytest.mark.parametrize(
    ("source", "words", "fault"),
    [
        ("Hello %(name)s", "Hallo", "other placeholders"),
        ("Hello <b>you</b>", "Hallo Sie", "other placeholders"),
        ("Part {part}", "Abschnitt {parts}", "other placeholders"),
        ("Hello", " ", "not translated"),
    ],
)
def test_a_bad_translation_is_found(source: str, words: str, fault: str) -> None:
    bad = polib.POFile()
    bad.append(polib.POEntry(msgid=source, msgstr=words))
    assert catalogues.faults(bad, bad) == [f"{fault}: {source!r}"]


def test_words_missing_left_over_or_unsure_are_found() -> None:
    kept, found = polib.POFile(), polib.POFile()
    kept.append(polib.POEntry(msgid="Gone", msgstr="Fort"))
    kept.append(polib.POEntry(msgid="Unsure", msgstr="Unsicher", flags=["fuzzy"]))
    kept.append(polib.POEntry(msgid="one", msgid_plural="many", msgstr_plural={0: "eins", 1: ""}))
    found.extend([polib.POEntry(msgid="New"), polib.POEntry(msgid="Unsure"), polib.POEntry(msgid="one")])
    assert catalogues.faults(kept, found) == [
        "not in the catalogue: 'New'",
        "no longer in the source: 'Gone'",
        "obsolete or fuzzy: 'Unsure'",
        "a plural is not translated: 'one'",
    ]


# --- Words nobody wrapped -----------------------------------------------------------------------------------
def test_no_template_says_anything_outside_a_translation() -> None:
    said = {
        f"{path.relative_to(BASE_DIR)}:{line}: {words}"
        for path in sorted((BASE_DIR / "templates").rglob("*"))
        if path.suffix in {".html", ".txt"}
        for line, words in wording.unwrapped_in_template(path.read_text(encoding="utf-8"))
        # Names of columns, as they stand in a file.
        if not re.fullmatch(r"(\w+, )+\w+", words) and words != "off"
    }
    assert said == set()


def test_no_module_says_anything_outside_a_translation() -> None:
    said = {
        f"{name}:{line}: {words}"
        for path in wording.python_files()
        if not (name := path.relative_to(BASE_DIR).as_posix()).startswith(tuple(NO_WORDING))
        for line, words in wording.unwrapped_in_python(path.read_text(encoding="utf-8"))
        if not FOR_MACHINES.search(words)
    }
    assert said == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>Hello {{ name }}</p>", ["Hello"]),
        ("<p>{% translate 'Hello' %} {{ name }}, 5 %</p>", []),
        ("<p>{% blocktranslate %}Hello <b>you</b>{% endblocktranslate %}</p>", []),
        ('<img alt="A boat"><a title="{% translate \'Close\' %}"></a>', ["A boat"]),
        ('<input placeholder="Name"><a aria-label="Close"></a>', ["Close", "Name"]),
        ('<input type="submit" value="Send">', ["Send"]),
        ('{% chip "Late" "bad" "clock" %}{% chip _("Late") "bad" %}', ["Late"]),
        ('{% empty _("Nothing") _("Yet") icon_name="check" action="Show all" %}', ["Show all"]),
        ('{{ name|default:"Nobody" }}{{ name|default:_("Nobody") }}', ["Nobody"]),
        ("{# A note #}<script>let words</script>{% comment %}Words{% endcomment %}", []),
    ],
)  # fmt: skip
def test_what_a_template_leaves_unwrapped_is_seen(source: str, found: list[str]) -> None:
    seen = [words for _line, words in wording.unwrapped_in_template(source)]
    assert [re.sub(r'^\w+="|"$', "", words) for words in seen] == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("title = models.CharField('title', max_length=9)", ["title"]),
        ("title = forms.CharField(label='Title', help_text=_('Short'))", ["Title"]),
        ("messages.success(request, 'Saved.')", ["Saved."]),
        ("raise ValidationError('Choose a day.')", ["Choose a day."]),
        ("raise ValueError('Choose a day.')", []),
        ("class Kind(models.TextChoices):\n    A = 'a', 'Alpha'\n    B = 'b', _('Beta')", ["Alpha"]),
        ("def why():\n    '''Says why.'''\n    return f'You work at {name} today'", ["You work at "]),
        ("logger.warning('It went wrong: %s', error)", []),
        ("rows.filter(kind='a_kind', note=_('It is done.'))", []),
    ],
)
def test_what_a_module_leaves_unwrapped_is_seen(source: str, found: list[str]) -> None:
    assert [words for _line, words in wording.unwrapped_in_python(source)] == found


def test_translating_functions_have_the_names_that_xgettext_knows() -> None:
    aliases = Counter(
        alias
        for path in wording.python_files()
        for alias in re.findall(r"import \w*gettext\w* as (\w+)", path.read_text(encoding="utf-8"))
    )
    assert set(aliases) == {"_"}


# --- Formats ------------------------------------------------------------------------------------------------
def test_every_language_has_every_format_of_ours() -> None:
    def names(code: str) -> set[str]:
        module = importlib.import_module(f"culture_portal.formats.{code}.formats")
        return {name for name in vars(module) if name.endswith("_FORMAT")}

    assert {code: names(code) for code, _name in settings.LANGUAGES} == {
        code: names("en") for code, _name in settings.LANGUAGES
    }


@pytest.mark.parametrize(
    ("language", "day", "number"),
    [
        ("en", "Friday 4 December 2026, 17:05", "1,234.5"),
        ("de", "Freitag, 4.\xa0Dezember 2026, 17:05\xa0Uhr", "1.234,5"),
    ],
)
def test_days_and_numbers_read_as_people_write_them(language: str, day: str, number: str) -> None:
    moment = dt.datetime(2026, 12, 4, 17, 5, tzinfo=dt.UTC)
    with translation.override(language):
        assert date_format(moment, "WEEKDAY_YEAR_TIME_FORMAT") == day
        assert number_format(1234.5, decimal_pos=1, force_grouping=True) == number
