"""A picture from outside becomes a few pixels of our own, or nothing."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from common.logo import HEIGHT, MOST_BYTES, WIDTH, NotALogo, digest_of, draw_anew
from tests.common.test_organisation import said


def picture(
    kind: str = "PNG", size: tuple[int, int] = (900, 300), mode: str = "RGB", **options: object
) -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, options.pop("color", None)).save(made, kind, **options)  # type: ignore[arg-type]
    return made.getvalue()


def drawn(content: bytes) -> Image.Image:
    png = draw_anew(io.BytesIO(content))
    assert len(png) < 200_000
    image = Image.open(io.BytesIO(png))
    image.load()
    return image


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is that large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *[("PNG", mode) for mode in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")],
        *[("JPEG", mode) for mode in ("RGB", "L", "CMYK")],
        ("WEBP", "RGB"),
        ("WEBP", "RGBA"),
    ],
)
def test_every_usual_picture_becomes_a_small_png(kind: str, mode: str) -> None:
    image = drawn(picture(kind, mode=mode))
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (WIDTH, HEIGHT))


@pytest.mark.parametrize(
    ("size", "expected"),
    [((10, 4), (10, 4)), ((1, 1), (1, 1)), ((4000, 2), (384, 1)), ((100, 5000), (3, 128))],
)
def test_nothing_is_blown_up_and_nothing_vanishes(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert drawn(picture(size=size)).size == expected


def test_noise_stays_small() -> None:
    noise = Image.effect_noise((800, 300), 90).convert("RGB")
    made = io.BytesIO()
    noise.save(made, "PNG")
    drawn(made.getvalue())


def test_nothing_but_pixels_is_kept() -> None:
    notes, exif = PngInfo(), Image.Exif()
    notes.add_text("Comment", "taken at home")
    exif[0x010F] = "Camera of Ada"
    for content in (
        picture(pnginfo=notes, exif=exif, icc_profile=b"profile of Ada" * 20),
        picture("JPEG", exif=exif, comment=b"taken at home"),
        picture("WEBP", exif=exif),
    ):
        png = draw_anew(io.BytesIO(content))
        assert b"Ada" not in png
        assert b"home" not in png
        assert Image.open(io.BytesIO(png)).info == {}


def test_a_picture_taken_sideways_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert drawn(picture("JPEG", size=(100, 50), exif=exif)).size == (50, 100)


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "blue")]
    for kind in ("WEBP", "PNG"):
        made = io.BytesIO()
        frames[0].save(made, kind, save_all=True, append_images=frames[1:], lossless=True)
        image = drawn(made.getvalue())
        assert (getattr(image, "n_frames", 1), image.getpixel((5, 5))) == (1, (255, 0, 0, 255))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
NOT_READ = "We cannot read this as a picture. Please choose a PNG, JPEG or WebP."
NO_SVG = "SVG drawings can carry programs, so we take none. Please save it as a PNG."
TOO_MANY = "This picture has too many pixels. Please save it smaller."
TOO_LARGE = "This picture is larger than 2 MB. Please save it smaller."


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SVG, NO_SVG),
        (b"\xef\xbb\xbf\n <?xml version='1.0'?>" + SVG, NO_SVG),
        (b"<!-- a drawing -->" + SVG, NO_SVG),
        (b"<html>", NOT_READ),
        (b"", NOT_READ),
        (b"\0" * 1000, NOT_READ),
        (b"GIF89a" + b"\0" * 100, NOT_READ),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", NOT_READ),
        (b"BM" + b"\0" * 100, NOT_READ),
        (picture()[:60], NOT_READ),
        (picture("JPEG")[:200], NOT_READ),
        (picture("WEBP")[:40], NOT_READ),
        (bomb(300, 300), NOT_READ),
        (bomb(20_000, 20_000), TOO_MANY),
        (bomb(2**31 - 1, 2**31 - 1), TOO_MANY),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * MOST_BYTES, TOO_LARGE),
    ],
    ids=str,
)
def test_what_is_no_picture_for_us_is_refused_kindly(content: bytes, words: str) -> None:
    with pytest.raises(NotALogo) as refusal:
        draw_anew(io.BytesIO(content))
    assert str(refusal.value) in {words, NOT_READ if words == TOO_MANY else words}


def test_a_text_that_unpacks_to_much_is_refused_or_dropped() -> None:
    notes = PngInfo()
    notes.add_text("Comment", "x" * 40_000_000, zip=True)
    content = picture(pnginfo=notes, size=(30, 10))
    assert len(content) < 100_000
    with pytest.raises(NotALogo):
        draw_anew(io.BytesIO(content))


@pytest.mark.django_db
def test_a_logo_is_served_at_its_digest_for_ever_to_everybody() -> None:
    png = draw_anew(io.BytesIO(picture(color="teal")))
    said(logo=png, logo_digest=digest_of(png))
    address = reverse("common:logo", args=[digest_of(png)])
    answer = Client().get(address)
    assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, png, "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert f'src="{address}" alt=""' in Client().get(reverse("account_login")).content.decode()
    for other in ("0" * 32, "x", ""):
        assert Client().get(f"/logo/{other}.png").status_code == 404


@pytest.mark.django_db
def test_without_a_logo_no_digest_shows_anything() -> None:
    said(logo=None, logo_digest="")
    assert Client().get("/logo/.png").status_code == 404
    assert "cp-logo" not in Client().get(reverse("account_login")).content.decode()


def test_digest_names_the_picture() -> None:
    make: Callable[[str], bytes] = lambda colour: draw_anew(io.BytesIO(picture(color=colour)))  # noqa: E731
    assert digest_of(make("red")) == digest_of(make("red")) != digest_of(make("blue"))
