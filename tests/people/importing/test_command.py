"""The command that imports people."""

from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from people.models import ImportRun, Person, Team
from tests.people.conftest import make_person
from tests.people.importing.files import THREE, rows


@pytest.mark.django_db
def test_import_people_20k(shared_data: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.PORTAL_EMAIL_PATTERN = "{employee_id}@example.com"
    file = str(shared_data / "people/people_20k.csv")
    call_command("import_people", file)
    shown = capsys.readouterr()
    assert shown.out == (
        "19889 people created, 0 updated, 0 unchanged, 0 left, 0 back; 460 teams made, 446 leads set; "
        "0 mails to set a password.\n"
    )
    rows_of: dict[str, set[str]] = defaultdict(set)
    for line in shown.err.splitlines():
        where, _, words = line.partition(": ")
        rows_of[words].add(where.partition(",")[0])
    assert {words: len(found) for words, found in rows_of.items()} == {
        "Columns not used here: “grade”.": 1,
        "Spaces were tidied.": 460,
        "Letters and their accents were joined.": 52,
        "No family name; the given name stands alone.": 11,
        "Their own manager: now without one.": 3,
    }
    assert Person.objects.filter(manager__isnull=True).count() == 72
    assert Person.objects.filter(reports__isnull=False).distinct().count() == 448
    assert (Team.objects.count(), Team.objects.filter(parent=None).count()) == (460, 66)
    call_command("import_people", file)
    assert capsys.readouterr().out == "Nothing to change: 19889 people are as the file says.\n"


@pytest.mark.django_db
def test_import_people_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "people.csv"
    file.write_text(rows("1,,Ada,A,,,"))
    with pytest.raises(CommandError, match=r"^Nothing was changed: 1 errors in people\.csv\.$"):
        call_command("import_people", str(file))
    assert capsys.readouterr().err == "row 2, email: The e-mail is missing.\n"


def test_import_people_says_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("import_people", str(tmp_path / "none.csv"))


@pytest.mark.django_db
def test_import_people_lets_many_leave_only_when_told_how_many(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(THREE)
    make_person("Dora Absent")
    many = "1 of 1 people would leave. If that is right, say --leaving 1."
    with pytest.raises(CommandError, match=many):
        call_command("import_people", str(file), "--everybody")
    assert ImportRun.objects.count() == 0
    call_command("import_people", str(file), "--everybody", "--leaving", "1")
    assert capsys.readouterr().out == (
        "3 people created, 0 updated, 0 unchanged, 1 left, 0 back; 2 teams made, 2 leads set; "
        "0 mails to set a password.\n"
    )
