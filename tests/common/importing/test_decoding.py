from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.importing.decoding import ENCODINGS, decode
from common.importing.problems import UnreadableFile

HEAD = "Personalnummer;Vorname;Nachname;Abteilung\n"
NAMES = {
    "German": "Jürgen;Müller\nKäthe;Größe\nBjörn;Weiß",
    "German capitals": "JÜRGEN;MÜLLER\nKÄTHE;BÄR",
    "French": "François;Lefèvre\nHélène;Béart\nZoé;Noël",
    "all of Western Europe": "Søren;Kjærgård\nJosé;Muñoz\nJürgen;Groß\nAna;Conceição\nZoë;Quinn",
    "Polish": "Łukasz;Wójcik\nMałgorzata;Żak\nŚwięty;Dąbrowski",
    "Czech": "Jiří;Dvořák\nŠárka;Němcová\nTomáš;Růžička",
    "Turkish": "Elif;Özkan\nGülşen;Yıldız\nİbrahim;Çağlar",
    "Russian": "Иван;Петров\nОльга;Смирнова\nЮрий;Кузнецов",
    "Greek": "Γιώργος;Παπαδόπουλος\nΕλένη;Δημητρίου",
    "Arabic": "محمد;العربي\nفاطمة;الزهراء",
    "Hebrew": "יוסף;כהן\nשרה;לוי",
    "Japanese": "太郎;山田\n花子;鈴木",
    "Korean": "민준;김\n서연;이",
    "one umlaut": "Jürgen;Schmidt\nAnna;Klein",
}
GUESSED = [
    ("German", "cp1252"),
    ("German", "mac-roman"),
    ("German", "cp850"),
    ("German", "iso8859-15"),
    ("German capitals", "cp1252"),
    ("German capitals", "mac-roman"),
    ("one umlaut", "cp1252"),
    ("French", "cp1252"),
    ("French", "mac-roman"),
    ("French", "cp850"),
    ("all of Western Europe", "cp1252"),
    ("all of Western Europe", "mac-roman"),
    ("Polish", "cp1250"),
    ("Polish", "iso8859-2"),
    ("Czech", "cp1250"),
    ("Czech", "iso8859-2"),
    ("Turkish", "cp1254"),
    ("Russian", "cp1251"),
    ("Russian", "koi8-r"),
    ("Russian", "iso8859-5"),
    ("Greek", "cp1253"),
    ("Greek", "iso8859-7"),
    ("Arabic", "cp1256"),
    ("Hebrew", "cp1255"),
    ("Japanese", "shift-jis"),
    ("Korean", "euc-kr"),
]


@pytest.mark.parametrize(("names", "encoding"), GUESSED)
@pytest.mark.parametrize("times", [1, 30])
def test_decode_guesses_by_the_letters_of_names(names: str, encoding: str, times: int) -> None:
    text = HEAD + f"{NAMES[names]}\n" * times
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.is_guess) == (text, True)


@pytest.mark.parametrize("names", NAMES.values())
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
    ],
)
def test_decode_knows_unicode(names: str, encoding: str, mark: bytes) -> None:
    decoded = decode(mark + (HEAD + names).encode(encoding))
    assert (decoded.text, decoded.is_guess) == (HEAD + names, False)


@pytest.mark.parametrize("names", NAMES.values())
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_decode_knows_utf16_without_its_mark(names: str, encoding: str) -> None:
    decoded = decode((HEAD + names).encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.is_guess) == (HEAD + names, encoding, True)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_decode_takes_every_encoding_one_may_choose(encoding: str) -> None:
    assert decode("name\nAda\n".encode(encoding), encoding).text == "name\nAda\n"


@given(st.binary(min_size=1, max_size=300), st.sampled_from(["", *ENCODINGS]))
def test_decode_reads_anything_or_says_so(raw: bytes, encoding: str) -> None:
    try:
        assert "\0" not in decode(raw, encoding).text
    except UnreadableFile as error:
        assert str(error)  # noqa: PT017 - any words will do


@pytest.mark.parametrize(
    ("raw", "encoding", "message"),
    [
        (b"", "", "This file is empty."),
        (b"\xef\xbb\xbf  \n", "", "This file is empty."),
        (b"\0\1\2\3" * 50, "", "This is not a table. Please save it as an Excel workbook or a CSV file."),
        (
            codecs.BOM_UTF16_LE + b"x",
            "",
            "The letters in line 1 cannot be read. Please save the file as “CSV UTF-8”.",
        ),
        (
            "name\nJosé\nZoë\nŁukasz\nÖz\nMüller\n".encode() + b"Caf\xe9\n",
            "",
            "The letters in line 7 cannot be read. Please save the file as “CSV UTF-8”.",
        ),
        (
            b"Caf\xe9",
            "utf-8",
            "This file is not in the encoding “Unicode (UTF-8)”. Please choose another one.",
        ),
        (b"Cafe", "rot13", "We do not know this encoding."),
    ],
)
def test_decode_says_what_to_do_about_what_it_cannot_read(raw: bytes, encoding: str, message: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        decode(raw, encoding)
    assert str(caught.value) == message
