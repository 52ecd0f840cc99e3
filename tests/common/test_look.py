"""The rules of the look that a reader of the code cannot be expected to check by eye."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from common.navigation import registered_entries

ROOT = Path(settings.BASE_DIR)
TOKENS = ROOT / "static/css/tokens.css"
STYLES = sorted((ROOT / "static/css").rglob("*.css")) + sorted((ROOT / "frontend/src").glob("*.css"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# A mail brings no style sheet along, nor does the page inside the file of one's own data.
ALONE = {"your_data_file.html"}
PAGES = [
    path
    for path in TEMPLATES
    if "mail" not in path.stem and path.parent.name != "mail" and path.name not in ALONE
]
MAILS = [path for path in TEMPLATES if path not in PAGES]
SCRIPTS = sorted((ROOT / "frontend/src").glob("*.js"))

COLOUR = re.compile(
    r"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b(?![-\w])|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\(|"
    r":\s*(?:white|black|red|green|blue|gray|grey|orange|yellow|silver)\b",
    re.IGNORECASE,
)
SIDES = "left|right|top|bottom"
PHYSICAL = re.compile(
    rf"(?<![-\w])(?:(?:margin|padding|border|inset|scroll-margin|scroll-padding)-(?:{SIDES})[-\w]*\s*:"
    rf"|(?:{SIDES}|(?:min-|max-)?(?:width|height))\s*:"
    rf"|(?:text-align|float|clear)\s*:\s*(?:left|right)|background-position[^;]*\b(?:left|right)\b)"
)
INLINE = re.compile(
    r"""\sstyle\s*=|\son[a-z]+\s*=\s*["']|<style|<script(?![^>]*\ssrc=)|javascript:|url\(["']?data:""",
    re.IGNORECASE,
)
# Their RGB triples ignore our tokens.
BOOTSTRAP_COLOURS = re.compile(
    r"\b(?:text-bg-\w+|(?:bg|link|text|border|btn-outline)-(?:primary|secondary|success|danger|warning|info|light|dark|muted))\b"
)


def without_comments(css: str) -> str:
    return re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)


def without_queries(css: str) -> str:
    """The declarations alone: a media query asks for a width, which is no property."""
    return re.sub(r"@(?:media|container)[^{]*\{", "{", without_comments(css))


def findings(paths: list[Path], pattern: re.Pattern[str]) -> list[str]:
    """Each hit as "file: text"."""
    return [
        f"{path.relative_to(ROOT)}: {match.group().strip()}"
        for path in paths
        for match in pattern.finditer(without_queries(path.read_text("utf-8")))
    ]


def declarations(block: str) -> dict[str, str]:
    return dict(re.findall(r"(--cp-[\w-]+):\s*([^;]+);", block))


def dark_twins() -> tuple[dict[str, str], dict[str, str]]:
    css = without_comments(TOKENS.read_text("utf-8"))
    preferred = re.search(
        r"@media \(prefers-color-scheme: dark\) \{\s*:root:not\(\[data-bs-theme\]\) \{(.*?)\}", css, re.DOTALL
    )
    chosen = re.search(r'^\[data-bs-theme="dark"\] \{(.*?)\}', css, re.DOTALL | re.MULTILINE)
    assert preferred
    assert chosen
    return declarations(preferred.group(1)), declarations(chosen.group(1))


def test_dark_by_preference_is_dark_by_choice() -> None:
    preferred, chosen = dark_twins()

    assert preferred == chosen


def test_dark_gives_every_light_colour_its_twin() -> None:
    css = without_comments(TOKENS.read_text("utf-8"))
    light = re.search(r':root,\s*\[data-bs-theme="light"\] \{(.*?)\}', css, re.DOTALL)
    assert light

    assert declarations(light.group(1)).keys() == dark_twins()[1].keys()


def test_every_token_used_is_a_token_defined() -> None:
    defined = {
        name
        for path in STYLES
        for name in re.findall(r"(--cp-[\w-]+)\s*:", without_comments(path.read_text("utf-8")))
    }
    used = {
        name
        for path in STYLES
        for name in re.findall(r"var\((--cp-[\w-]+)", without_comments(path.read_text("utf-8")))
    }

    assert used - defined == set()


def test_colours_stand_in_the_tokens_alone() -> None:
    styles = [path for path in STYLES if path != TOKENS]

    assert findings(styles + PAGES + SCRIPTS, COLOUR) == []


def test_mails_repeat_the_colours_of_the_tokens() -> None:
    known = set(re.findall(r"#[0-9A-F]{6}", TOKENS.read_text("utf-8")))
    used = {colour for path in MAILS for colour in re.findall(r"#[0-9A-F]{6}\b", path.read_text("utf-8"))}

    assert used - known == set()
    assert used


def test_styles_know_no_left_and_right() -> None:
    assert findings(STYLES, PHYSICAL) == []


def test_pages_carry_no_style_and_no_script_of_their_own() -> None:
    assert findings(PAGES, INLINE) == []


def test_pages_use_no_colour_of_bootstrap() -> None:
    assert findings(PAGES, BOOTSTRAP_COLOURS) == []


def test_every_picture_named_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons.svg").read_text("utf-8")))
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r'(?:\{% icon |icon_name=)"([\w-]+)"', path.read_text("utf-8"))
    }

    assert (named | {entry.icon for entry in registered_entries()}) - sprite == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a { margin-left: 1px }", True),
        ("a { inset-block-start: 1px }", False),
        ("a { stroke-width: 2 }", False),
        ("@media (min-width: 62em) { a { inline-size: 1px } }", False),
        ("a { max-width: 2rem }", True),
        ("a { text-align: right }", True),
        ("a { text-align: end }", False),
    ],
)
def test_physical_properties_are_recognised(text: str, found: bool) -> None:
    assert bool(PHYSICAL.search(without_queries(text))) is found


@pytest.mark.parametrize("sheet", ["app.css", "app.rtl.css", "answer.css"])
def test_built_sheets_bring_pictures_as_files(sheet: str) -> None:
    built = ROOT / "static/build" / sheet
    if not built.exists():
        pytest.skip("needs the built style sheets: npm run build in frontend/")
    css = built.read_text("utf-8")

    assert "url(data:" not in css
    assert 'url("data:' not in css
    assert "--cp-accent:#0B6170" in css.replace(" ", "")
