"""Tokens of mailed links. None is stored: each is worked out anew from the link keys.

Every token belongs to one purpose, so that a link of one kind opens nothing of another. The first of
``PORTAL_LINK_KEYS`` signs; links made with the others still open, so that keys can be changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

_MAC_BYTES = 18  # 144 bits, 24 characters


def mint(purpose: str, handle: str) -> str:
    """The MAC that must stand beside the handle, safe in a URL, 24 characters."""
    return _mac(settings.PORTAL_LINK_KEYS[0], purpose, handle)


def verify(purpose: str, handle: str, mac: str) -> bool:
    """Whether the MAC was minted for this purpose and handle; takes the same time whatever the answer."""
    expected = [_mac(key, purpose, handle).encode() for key in settings.PORTAL_LINK_KEYS]
    matches = [hmac.compare_digest(candidate, mac.encode()) for candidate in expected]
    return any(matches)


def seal(purpose: str, content: dict[str, Any]) -> str:
    """The content as one opaque token, safe in a URL: neither readable nor changeable without the key."""
    box = SecretBox(_derive(settings.PORTAL_LINK_KEYS[0], "seal", purpose))
    return _encode(box.encrypt(json.dumps(content, separators=(",", ":")).encode()))


def unseal(purpose: str, token: str) -> dict[str, Any] | None:
    """What was sealed for this purpose; None for anything else."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    for key in settings.PORTAL_LINK_KEYS:
        try:
            opened = SecretBox(_derive(key, "seal", purpose)).decrypt(sealed)
        except (CryptoError, ValueError):
            continue
        content: dict[str, Any] = json.loads(opened)
        return content
    return None


def _mac(key: str, purpose: str, handle: str) -> str:
    digest = hmac.new(_derive(key, "mac", purpose), handle.encode(), hashlib.sha256).digest()
    return _encode(digest[:_MAC_BYTES])


def _derive(key: str, use: str, purpose: str) -> bytes:
    return hmac.new(key.encode(), f"{use}:{purpose}".encode(), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
