"""The second factor: an authenticator app (TOTP, RFC 6238), and recovery codes for the day the phone is gone.

The rows are allauth's ``Authenticator``, and its sign-in stage asks for the code. What people and
administrators do with a factor stands here, each with its audit entry and its mail in one transaction.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets

from allauth.account.authentication import get_authentication_records
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from common import audit
from culture_portal.signing_in.mail import queue_notice
from people.domain.changing import NotPossible
from people.models import Person

TOTP = Authenticator.Type.TOTP
RECOVERY_CODES = Authenticator.Type.RECOVERY_CODES
PERIOD = 30
# A code holds one period longer and one earlier than its own: clocks differ, and typing takes a while.
TOLERANCE = 1

logger = logging.getLogger("portal.sign_in")


class Unreadable(Exception):
    """Sealed with a key that PORTAL_LINK_KEYS no longer names: only an administrator's reset helps."""


def new_secret() -> str:
    """A key for an authenticator app, in base 32."""
    return str(generate_totp_secret())


def is_set_up(person: Person) -> bool:
    return bool(Authenticator.objects.filter(user=person, type=TOTP).exists())


def is_required_of(person: Person) -> bool:
    return bool(settings.SECOND_FACTOR_REQUIRED) and (person.is_hr or person.is_administrator)


def is_proven(request: HttpRequest) -> bool:
    """Whether a code was given in this session."""
    return "mfa" in methods_of(request, request.user)


def came_by_trusted_provider(request: HttpRequest, person: object) -> bool:
    """Whether this session came from a provider that has asked for a second factor itself."""
    return bool(settings.OIDC_TRUSTS_SECOND_FACTOR) and "openid" in methods_of(request, person)


def methods_of(request: HttpRequest, person: object) -> set[str]:
    """How somebody proved in this session that it is them: ``password``, ``openid``, ``mfa``."""
    return {record["method"] for record in get_authentication_records(request, person)}


def matching_step(secret: str, code: str, *, now: dt.datetime, after: int = -1) -> int | None:
    """The period the code belongs to, of those that may be used now and come after ``after``; else None."""
    present = int(now.timestamp()) // PERIOD
    for step in range(present - TOLERANCE, present + TOLERANCE + 1):
        fits = compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step)))
        if fits and step > after:
            return step
    return None


def add(person: Person, secret: str, code: str, *, now: dt.datetime) -> bool:
    """Set up the app that holds the secret, with recovery codes beside it.

    False where the code is not that of the secret, or where the person has a factor already.
    """
    step = matching_step(secret, code, now=now)
    if step is None:
        return False
    with transaction.atomic():
        _lock(person)
        if is_set_up(person):
            return False
        Authenticator.objects.filter(user=person).delete()
        Authenticator.objects.create(
            user=person, type=TOTP, data={"secret": encrypt(secret), "last_step": step}, last_used_at=now
        )
        _make_codes(person)
        audit.record(by=person, action="person.second_factor_added", obj=person)
        queue_notice(person, "added", now=now)
    return True


def remove(person: Person, *, now: dt.datetime) -> bool:
    """What somebody does with their own factor. False where there was none."""
    with transaction.atomic():
        if not _take_away(person):
            return False
        audit.record(by=person, action="person.second_factor_removed", obj=person)
        queue_notice(person, "removed", now=now)
    return True


def reset(person: Person, *, by: Person, now: dt.datetime) -> bool:
    """What an administrator does for somebody who lost phone and codes. False where there was no factor."""
    if person.pk == by.pk:
        raise NotPossible(_("Your own you change in your account."))
    with transaction.atomic():
        if not _take_away(person):
            return False
        audit.record(by=by, action="person.second_factor_reset", obj=person)
        queue_notice(person, "reset", now=now)
    return True


def renew_codes(person: Person, *, now: dt.datetime) -> bool:
    """New recovery codes in place of all earlier ones. False where there is no factor beside them."""
    with transaction.atomic():
        _lock(person)
        if not is_set_up(person):
            return False
        Authenticator.objects.filter(user=person, type=RECOVERY_CODES).delete()
        _make_codes(person)
        audit.record(by=person, action="person.recovery_codes_made", obj=person)
        queue_notice(person, "codes", now=now)
    return True


def unused_codes(person: Person) -> list[str]:
    """Those that still open; none where they cannot be read any more."""
    row = Authenticator.objects.filter(user=person, type=RECOVERY_CODES).first()
    try:
        codes: list[str] = row.wrap().get_unused_codes() if row else []
    except Unreadable:
        return []
    return codes


def accept_code(person: Person, code: str, *, now: dt.datetime) -> Authenticator | None:
    """The factor to which the code belongs, app or recovery codes. Each code is accepted once, whoever asks.

    What was sealed with a former key is sealed with the present one on the way.
    """
    with transaction.atomic():
        rows = {row.type: row for row in Authenticator.objects.select_for_update().filter(user=person)}
        try:
            found = _accept_of_app(rows.get(TOTP), code, now) or _accept_recovery(
                rows.get(RECOVERY_CODES), code
            )
        except Unreadable:
            # Whose it is they say themselves: no line of the log names a person.
            logger.error("A second factor is sealed with a key that PORTAL_LINK_KEYS no longer names.")
            return None
        if found:
            _seal_anew(rows.values())
    return found


def _accept_of_app(row: Authenticator | None, code: str, now: dt.datetime) -> Authenticator | None:
    if row is None:
        return None
    step = matching_step(decrypt(row.data["secret"]), code, now=now, after=row.data.get("last_step", -1))
    if step is None:
        return None
    row.data["last_step"] = step
    return row


def _accept_recovery(row: Authenticator | None, code: str) -> Authenticator | None:
    if row is None:
        return None
    codes = row.wrap()
    if not codes.validate_code(code):
        return None
    row.data = codes.instance.data
    return row


def _seal_anew(rows: object) -> None:
    for row in rows:  # type: ignore[attr-defined]
        for name in ("secret", "seed"):
            if name in row.data:
                row.data[name] = encrypt(decrypt(row.data[name]))
        row.save(update_fields=["data"])


def _make_codes(person: Person) -> None:
    Authenticator.objects.create(
        user=person, type=RECOVERY_CODES, data={"seed": encrypt(secrets.token_hex(40)), "used_mask": 0}
    )


def _take_away(person: Person) -> bool:
    _lock(person)
    had = is_set_up(person)
    Authenticator.objects.filter(user=person).delete()
    return had


def _lock(person: Person) -> None:
    """Two clicks at once are one after the other."""
    Person.objects.select_for_update().get(pk=person.pk)
