"""The organisation's logo: whatever was uploaded is drawn anew, so that nothing but pixels is kept of it."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MOST_BYTES = 2 * 1024 * 1024
# A camera's picture fits; what unpacks to more is not read at all.
MOST_PIXELS = 24_000_000
# Twice of what the pages show, for screens with small pixels.
WIDTH, HEIGHT = 384, 128
# Pillow knows many more, each with a decoder that would read what strangers send.
FORMATS = ("PNG", "JPEG", "WEBP")

# What Pillow raises for a broken or hostile file, across these three decoders.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)


class NotALogo(Exception):
    """Said to whoever uploaded it."""


def draw_anew(file: IO[bytes]) -> bytes:
    """A small PNG of it: the first frame, upright, without EXIF, profile or text. Raises NotALogo."""
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise NotALogo(_("This picture is larger than 2 MB. Please save it smaller."))
    if _is_svg(content):
        raise NotALogo(_("SVG drawings can carry programs, so we take none. Please save it as a PNG."))
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NotALogo(_("This picture has too many pixels. Please save it smaller."))
            return _small_png(picture)
    except _BROKEN as error:
        raise NotALogo(_("We cannot read this as a picture. Please choose a PNG, JPEG or WebP.")) from error


def digest_of(png: bytes) -> str:
    """Names the picture in its address."""
    return hashlib.blake2s(png, digest_size=16).hexdigest()


def _is_svg(content: bytes) -> bool:
    beginning = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return beginning.startswith((b"<svg", b"<?xml", b"<!doctype", b"<!--")) or b"<svg" in beginning


def _small_png(picture: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    # Printers' colours and 16-bit greys have no way to RGBA of their own.
    seen = upright if upright.mode in {"RGBA", "LA", "P", "PA"} else upright.convert("RGB")
    seen = seen.convert("RGBA")
    seen.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    # Onto a sheet of our own: a resized picture still carries what the file said of itself.
    sheet = Image.new("RGBA", seen.size)
    sheet.paste(seen)
    made = io.BytesIO()
    sheet.save(made, "PNG", optimize=True)
    return made.getvalue()
