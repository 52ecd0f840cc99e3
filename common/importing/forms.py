"""Choosing a file, saying how it is meant, saying which column is what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl.utils import get_column_letter

from common.forms import PortalForm, clean_text
from common.importing.columns import FieldSet, problems_of
from common.importing.decoding import ENCODINGS
from common.importing.delimited import DELIMITERS
from common.importing.grid import CSV, Choices, Grid
from common.importing.problems import MAX_BYTES, MAX_ROWS

# A tab in a form would be cleaned away as space.
_TAB = "tab"


class TableFileField(forms.FileField):
    """A CSV file or workbook; the value is its bytes."""

    widget = forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xlsm,text/csv"})

    def clean(self, data: Any, initial: Any = None) -> bytes:
        file: UploadedFile[bytes] = super().clean(data, initial)
        # One byte more than allowed says that it is too long without reading the rest.
        content: bytes = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValidationError(
                _("This file is larger than %(limit)s MB. Please split it.") % {"limit": MAX_BYTES // 1024**2}
            )
        return content


class FileForm(PortalForm):
    file = TableFileField(
        label=gettext_lazy("CSV file or Excel workbook"),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty."),
        },
    )

    @property
    def file_name(self) -> str:
        return clean_text(getattr(self.files.get("file"), "name", ""))[:200]


class ReadingForm(PortalForm):
    """How a file was read, to be corrected. Only what its kind of file has."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"))
    delimiter = forms.ChoiceField(label=gettext_lazy("Between columns"))
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))
    heading_row = forms.IntegerField(
        label=gettext_lazy("The columns are named in row"), min_value=1, max_value=MAX_ROWS
    )

    def __init__(self, *args: Any, grid: Grid, **kwargs: Any) -> None:
        found = grid.found
        initial = {
            "encoding": found.encoding,
            "delimiter": _TAB if found.delimiter == "\t" else found.delimiter,
            "sheet": found.sheet,
            "heading_row": found.heading_row,
        }
        super().__init__(*args, initial=initial, **kwargs)
        if found.kind == CSV:
            del self.fields["sheet"]
            # What the file itself said in its first line may be none of ours.
            delimiters = dict.fromkeys([*DELIMITERS, found.delimiter])
            self.fields["encoding"] = _choice(self.fields["encoding"], list(ENCODINGS.items()))
            self.fields["delimiter"] = _choice(
                self.fields["delimiter"],
                [(_TAB if each == "\t" else each, DELIMITERS.get(each, each)) for each in delimiters],
            )
        else:
            del self.fields["encoding"], self.fields["delimiter"]
            self.fields["sheet"] = _choice(self.fields["sheet"], [(name, name) for name in found.sheets])

    @property
    def choices(self) -> Choices:
        chosen = self.cleaned_data
        delimiter = chosen.get("delimiter", "")
        return Choices(
            encoding=chosen.get("encoding", ""),
            delimiter="\t" if delimiter == _TAB else delimiter,
            sheet=chosen.get("sheet", ""),
            heading_row=chosen["heading_row"],
        )


def _choice(field: forms.Field, choices: Sequence[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=field.label, choices=choices, error_messages=field.error_messages)


@dataclass(frozen=True)
class ShownColumn:
    """A column as a spreadsheet names it, with some of what stands in it."""

    letters: str
    field: forms.BoundField
    examples: list[str]

    @property
    def value(self) -> str:
        return str(self.field.value() or "")


class ColumnsForm(PortalForm):
    """Which column is what: one choice for each, by its place in the file."""

    def __init__(
        self, *args: Any, grid: Grid, fields: FieldSet, mapping: Sequence[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.grid = grid
        self.field_set = fields
        choices = [("", _("Not used")), *((field.name, field.label) for field in fields.fields)]
        for place, name in enumerate(mapping):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=grid.headings[place] or _("(no heading)"), choices=choices, required=False, initial=name
            )

    @property
    def columns(self) -> list[ShownColumn]:
        """Those with a heading or anything in them; the others are nobody's concern."""
        shown = [
            ShownColumn(get_column_letter(place + 1), self[f"column-{place}"], self.grid.examples(place))
            for place in range(self.grid.width)
        ]
        return [column for place, column in enumerate(shown) if column.examples or self.grid.headings[place]]

    @property
    def mapping(self) -> list[str]:
        return [self.cleaned_data[f"column-{place}"] for place in range(self.grid.width)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            for problem in problems_of(self.field_set, self.grid.headings, self.mapping):
                self.add_error(None, problem)
        return cleaned
