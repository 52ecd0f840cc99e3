"""Sealed ballots: whoever holds the database can store and count them, and read none.

Each wave has a key pair of its own. The public key lies in the database and seals; the private key lies in
a file in ``PORTAL_KEY_DIR``, encrypted with ``PORTAL_BALLOT_KEY``, read by the worker on the queue
``ballots`` alone, and destroyed when the wave has been counted (anonymity.md S1, S4).
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import logging
import os
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox
from nacl.secret import SecretBox

from surveys.answers import text_limit
from surveys.models import SealedBallot, Wave
from surveys.questionnaire import Kind, Questionnaire

logger = logging.getLogger(__name__)

# A letter outside the basic plane takes four bytes in UTF-8; what JSON escapes (quote, backslash, line break)
# takes two, and the control characters that would take six are cleaned away before.
_BYTES_PER_CHARACTER = 4
_LENGTH_BYTES = 4
_SIZE_STEP = 256
_BALLOTS_AT_ONCE = 500
_TEST_BALLOT = b"does the key still fit"


class KeyUnusable(Exception):
    """The wave's private key is missing, or no ``PORTAL_BALLOT_KEY`` opens it: nothing can be counted."""


class BallotTooLong(Exception):
    """The answers do not fit the wave's ballot; the form bounds them, so this is a bug."""


@dataclass(frozen=True)
class Ballot:
    """One person's answers with the frozen group they are counted in, and nothing else about them."""

    group_code: int
    breakdown_value: str = ""
    options: dict[str, list[str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    # Questions their condition hid: the close counts both sides (anonymity.md R5).
    hidden: list[str] = field(default_factory=list)


# --- Sealing, in the web process ----------------------------------------------------------------------------
def ballot_size(questionnaire: Questionnaire) -> int:
    """Bytes that hold the longest possible answers; every ballot of the wave is padded to them."""
    options: dict[str, list[str]] = {}
    characters = 0
    for item in questionnaire.items():
        if item.kind.is_text:
            characters += text_limit(item) + len(item.key) + len('"":"",')
        elif item.kind is Kind.MULTIPLE:
            options[item.key] = list(item.codes)
        else:
            options[item.key] = [max(item.codes, key=lambda code: len(code.encode()), default="")]
    hidden = [question.key for question in questionnaire.questions() if question.condition]
    group_code = 2**31 - 1
    value_characters = 120
    fixed = len(_to_json(Ballot(group_code, "", options, hidden=hidden)))
    needed = _LENGTH_BYTES + fixed + (characters + value_characters) * _BYTES_PER_CHARACTER
    return -(-needed // _SIZE_STEP) * _SIZE_STEP


def seal(public_key: bytes, ballot: Ballot, size: int) -> bytes:
    """The ballot padded to ``size`` bytes and sealed; only the wave's private key opens it."""
    content = _to_json(ballot)
    if len(content) + _LENGTH_BYTES > size:
        raise BallotTooLong(f"{len(content)} bytes do not fit a ballot of {size}.")
    framed = len(content).to_bytes(_LENGTH_BYTES, "big") + content
    return SealedBox(PublicKey(public_key)).encrypt(framed.ljust(size, b"\0"))


def _to_json(ballot: Ballot) -> bytes:
    return json.dumps(asdict(ballot), ensure_ascii=False, separators=(",", ":")).encode()


# --- Keys, on the worker ------------------------------------------------------------------------------------
def create_wave_key(wave: Wave) -> bytes:
    """The public key to store with the wave; its private half is safely on the disk when this returns.

    Repeating it, also at the same time elsewhere, gives the same key. Raises KeyUnusable where the wave has
    a public key already and the private one is gone.
    """
    path = _key_path(wave)
    if not path.exists():
        if wave.public_key is not None:
            raise KeyUnusable(f"The key file of wave {wave.pk} is gone.")
        private_key = PrivateKey.generate()
        if _write_once(path, _encrypt(bytes(private_key))):
            return bytes(private_key.public_key)
    return bytes(_private_key(wave).public_key)


def open_all(wave: Wave) -> Iterator[Ballot]:
    """Every ballot of the wave, opened, in no order that means anything. A few are in memory at a time.

    Raises KeyUnusable where a ballot cannot be opened.
    """
    box = SealedBox(_private_key(wave))
    rows = SealedBallot.objects.filter(wave=wave).order_by("pk").values_list("sealed", flat=True)
    for sealed in rows.iterator(chunk_size=_BALLOTS_AT_ONCE):
        yield _open(box, bytes(sealed), wave)


def _open(box: SealedBox[Any], sealed: bytes, wave: Wave) -> Ballot:
    try:
        framed = box.decrypt(sealed)
    except CryptoError as error:
        raise KeyUnusable(f"A ballot of wave {wave.pk} does not open with its key.") from error
    length = int.from_bytes(framed[:_LENGTH_BYTES], "big")
    return Ballot(**json.loads(framed[_LENGTH_BYTES : _LENGTH_BYTES + length]))


def keys_usable(wave: Wave) -> bool:
    """Whether a ballot sealed now with the wave's public key could be opened at its close."""
    if wave.public_key is None:
        return False
    sealed = SealedBox(PublicKey(bytes(wave.public_key))).encrypt(_TEST_BALLOT)
    try:
        return bytes(SealedBox(_private_key(wave)).decrypt(sealed)) == _TEST_BALLOT
    except (KeyUnusable, CryptoError):
        return False


def check_keys(now: dt.datetime) -> list[Wave]:
    """Try the key of each open wave once a day, an unusable one at each call; the waves that have none.

    The flag on the wave warns HR on its page.
    """
    today = now.date()
    due = Wave.objects.filter(
        mode=Wave.Mode.ANONYMOUS, state__in=[Wave.State.OPEN, Wave.State.CLOSING]
    ).filter(Q(key_checked_on__isnull=True) | Q(key_checked_on__lt=today) | Q(key_usable=False))
    unusable = []
    for wave in due.order_by("pk"):
        usable = keys_usable(wave)
        Wave.objects.filter(pk=wave.pk).update(key_checked_on=today, key_usable=usable)
        if not usable:
            logger.error("The key of wave %s does not open its ballots. Restore its key file.", wave.pk)
            unusable.append(wave)
    return unusable


def destroy_wave_key(wave: Wave) -> None:
    """The private key is gone for good; ballots in whatever backup stay sealed. Repeating it is safe."""
    _destroy(_key_path(wave))


def destroy_left_keys() -> None:
    """Keys of closed waves that a worker killed after its close left behind."""
    named = {path.stem: path for path in Path(settings.PORTAL_KEY_DIR).glob("*.key")}
    closed = Wave.objects.filter(state=Wave.State.CLOSED, key_name__in=named)
    for key_name in closed.values_list("key_name", flat=True):
        _destroy(named[key_name])


# --- The key file -------------------------------------------------------------------------------------------
def _key_path(wave: Wave) -> Path:
    return Path(settings.PORTAL_KEY_DIR) / f"{wave.key_name}.key"


def _private_key(wave: Wave) -> PrivateKey:
    try:
        stored = json.loads(_key_path(wave).read_bytes())
        salt, sealed = base64.b64decode(stored["salt"]), base64.b64decode(stored["sealed"])
    except FileNotFoundError:
        raise KeyUnusable(f"The key file of wave {wave.pk} is gone.") from None
    except (KeyError, ValueError):
        raise KeyUnusable(f"The key file of wave {wave.pk} is damaged.") from None
    if not settings.PORTAL_BALLOT_KEYS:
        raise KeyUnusable("PORTAL_BALLOT_KEY is not set. The worker on the queue ballots needs it.")
    for secret in settings.PORTAL_BALLOT_KEYS:
        try:
            return PrivateKey(SecretBox(_stretch(secret, salt)).decrypt(sealed))
        except CryptoError:
            continue
    raise KeyUnusable(f"No PORTAL_BALLOT_KEY opens the key of wave {wave.pk}.")


def _encrypt(private_key: bytes) -> bytes:
    if not settings.PORTAL_BALLOT_KEYS:
        raise KeyUnusable("PORTAL_BALLOT_KEY is not set. The worker on the queue ballots needs it.")
    salt = secrets.token_bytes(16)
    sealed = SecretBox(_stretch(settings.PORTAL_BALLOT_KEYS[0], salt)).encrypt(private_key)
    stored = {"salt": base64.b64encode(salt).decode(), "sealed": base64.b64encode(sealed).decode()}
    return json.dumps(stored).encode()


def _stretch(secret: str, salt: bytes) -> bytes:
    """A key from a secret somebody may have chosen themselves: slow to try (about 50 ms)."""
    return hashlib.scrypt(secret.encode(), salt=salt, n=2**14, r=8, p=1, dklen=SecretBox.KEY_SIZE)


def _write_once(path: Path, content: bytes) -> bool:
    """The file appears whole, on disk, readable by its owner alone. False: another came first and stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
        _sync_folder(path.parent)
    return True


def _destroy(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
