from __future__ import annotations

import datetime as dt
import re

import pytest
from crispy_forms.utils import render_crispy_form
from django import forms
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from common.forms import DayInput, MomentInput, PortalForm, PortalModelForm, TimeOfDayInput, clean_text
from common.models import Organisation


class NoteForm(PortalForm):
    title = forms.CharField(label="Title", max_length=5, help_text="In <b>few</b> words.")
    text = forms.CharField(label="Text", widget=forms.Textarea, required=False)
    password = forms.CharField(label="Password", widget=forms.PasswordInput, required=False)
    mode = forms.ChoiceField(
        label="Mode", widget=forms.RadioSelect, choices=[("a", "Anonymous"), ("n", "By name")]
    )
    often = forms.ChoiceField(label="How often", choices=[("w", "Weekly")], required=False)
    agreed = forms.BooleanField(label="I agree")


@pytest.mark.parametrize(
    ("text", "lines", "expected"),
    [
        ("a\x00b", False, "ab"),
        ("one\r\ntwo\rthree\tfour", False, "one two three four"),
        ("one\r\ntwo\rthree\tfour", True, "one\ntwo\nthree\tfour"),
        ("one\u2028two\x0bthree", True, "one\ntwo\nthree"),
        ("Zoe\u0308", False, "Zoë"),
        ("\x1b[31mred\x7f", False, "[31mred"),
        ("a\ud800b", False, "ab"),
        ("می‌خواهم \u200fשלום 👩‍🔧", False, "می‌خواهم \u200fשלום 👩‍🔧"),
    ],
)
def test_clean_text(text: str, lines: bool, expected: str) -> None:
    assert clean_text(text, lines=lines) == expected


@given(st.text(alphabet=st.characters(codec=None)), st.booleans())
def test_clean_text_is_clean_after_one_pass(text: str, lines: bool) -> None:
    once = clean_text(text, lines=lines)

    assert clean_text(once, lines=lines) == once
    once.encode("utf-8")


def test_texts_are_cleaned_before_they_are_measured() -> None:
    form = NoteForm({"title": "\x00Zoe\u0308\x07!!", "text": "a\r\nb", "mode": "a", "agreed": "on"})

    assert form.is_valid(), form.errors
    assert form.cleaned_data["title"] == "Zoë!!"
    assert form.cleaned_data["text"] == "a\nb"


def test_passwords_are_taken_as_typed() -> None:
    form = NoteForm({"title": "x", "password": " e\u0301\t", "mode": "a", "agreed": "on"})
    form.fields["password"].strip = False  # type: ignore[attr-defined]

    assert form.is_valid(), form.errors
    assert form.cleaned_data["password"] == " e\u0301\t"


def test_empty_fields_say_what_to_do() -> None:
    form = NoteForm({})

    assert form.errors == {
        "title": ["Please fill this in."],
        "mode": ["Choose one of these."],
        "agreed": ["Tick this box to go on."],
    }


def test_unbound_form_renders_label_help_field_in_this_order() -> None:
    html = render_crispy_form(NoteForm())

    label, help_text, field = (
        html.index('<label for="id_title"'),
        html.index('id="id_title_helptext"'),
        html.index('<input type="text" name="title"'),
    )
    assert label < help_text < field
    assert "In &lt;b&gt;few&lt;/b&gt; words." in html
    assert 'aria-describedby="id_title_helptext"' in html
    assert html.count("Optional") == 3
    assert "<form" not in html
    assert "csrfmiddlewaretoken" not in html
    assert 'role="alert"' not in html


def test_refused_form_links_each_error_to_its_field() -> None:
    html = render_crispy_form(NoteForm({"title": "<script>"}))

    assert "3 things need your attention." in html
    assert '<a href="#id_title">Title</a>' in html
    assert '<a href="#id_mode_0">Mode</a>' in html
    assert 'id="id_mode_0"' in html
    assert 'role="alert" tabindex="-1" autofocus' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'id="id_title_error"' in html
    assert 'value="&lt;script&gt;"' in html
    assert "<script>" not in html


def test_refused_radio_group_is_described_by_its_error() -> None:
    html = render_crispy_form(NoteForm({}))

    fieldset = html[html.index("<fieldset") : html.index("<legend")]
    assert 'aria-describedby="id_mode_error"' in fieldset


def test_one_form_error_is_said_in_the_singular_and_without_a_link() -> None:
    form = NoteForm({"title": "x", "mode": "a", "agreed": "on"})
    form.add_error(None, "The survey has been launched meanwhile.")

    html = render_crispy_form(form)
    assert "One thing needs your attention." in html
    assert "<li>The survey has been launched meanwhile.</li>" in html


class CalendarForm(PortalForm):
    day = forms.DateField(widget=DayInput)
    moment = forms.DateTimeField(widget=MomentInput)
    time = forms.TimeField(widget=TimeOfDayInput)


@pytest.mark.parametrize("language", ["en", "de"])
def test_calendars_speak_iso_in_every_language(language: str) -> None:
    values = {"day": "2026-11-23", "moment": "2026-11-23T09:30", "time": "09:30"}
    with translation.override(language):
        form = CalendarForm(values)
        assert form.is_valid(), form.errors
        assert form.cleaned_data["day"] == dt.date(2026, 11, 23)
        assert form.cleaned_data["time"] == dt.time(9, 30)

        shown = CalendarForm(initial=form.cleaned_data)
        assert [(name, shown[name].as_widget().split('value="')[1].split('"')[0]) for name in values] == list(
            values.items()
        )


class NameForm(PortalModelForm[Organisation]):
    detect_lost_update = True

    class Meta:
        model = Organisation
        fields = ["name", "country"]


def opened(form: NameForm) -> str:
    """What the browser sends back of the form it was shown."""
    return str(form["as_opened"].value())


@pytest.mark.django_db
def test_whoever_saves_over_another_change_is_told_once() -> None:
    opened_by_both = opened(NameForm(instance=Organisation(name="Harbour", country="GB")))

    first = NameForm(
        {"name": "Quay", "country": "GB", "as_opened": opened_by_both},
        instance=Organisation(name="Harbour", country="GB"),
    )
    assert first.is_valid()
    assert first.changed_data == ["name"]

    mine = {"name": "Harbour", "country": "DE", "as_opened": opened_by_both}
    second = NameForm(mine, instance=Organisation(name="Quay", country="GB"))
    assert list(second.errors) == ["__all__"]
    assert "differ from what is stored in: Name, Country." in second.errors["__all__"][0]
    assert second["country"].value() == "DE"

    again = NameForm(mine | {"as_opened": opened(second)}, instance=Organisation(name="Quay", country="GB"))
    assert again.is_valid()


@pytest.mark.django_db
def test_a_change_to_what_the_form_does_not_show_is_no_change() -> None:
    shown = opened(NameForm(instance=Organisation(name="Harbour", country="GB", k=5)))
    form = NameForm(
        {"name": "Quay", "country": "GB", "as_opened": shown},
        instance=Organisation(name="Harbour", country="GB", k=9),
    )
    assert form.is_valid()


@pytest.mark.django_db
@pytest.mark.parametrize("sent", [{}, {"as_opened": ""}])
def test_whoever_sends_no_digest_is_not_asked(sent: dict[str, str]) -> None:
    form = NameForm({"name": "Quay", "country": "GB", **sent}, instance=Organisation(name="Harbour"))
    assert form.is_valid()
    assert "as_opened" not in form.changed_data


def test_the_digest_is_carried_without_being_seen() -> None:
    html = render_crispy_form(NameForm(instance=Organisation(name="Harbour")))
    assert re.search(r'<input type="hidden" name="as_opened" value="[0-9a-f]{32}"', html)
    assert html.count("<label") == 2
    assert "Harbour" not in opened(NameForm(instance=Organisation(name="Harbour")))


@pytest.mark.django_db
def test_what_was_cleaned_holds_facts_alone() -> None:
    form = NameForm({"name": "Quay", "country": "GB", "as_opened": "x"}, instance=Organisation())
    assert form.fields.keys() == {"name", "country", "as_opened"}
    assert form.errors.keys() == {"__all__"}
    assert form.cleaned_data == {"name": "Quay", "country": "GB"}
