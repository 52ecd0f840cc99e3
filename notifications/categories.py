"""What somebody can say no to as a whole, of those that are nobody else's (``kinds.Category``)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from notifications.kinds import Category, register_category

ACCOUNT = "account"
DIGEST = "digest"


def register_own() -> None:
    register_category(
        Category(
            ACCOUNT,
            _("Account and sign-in"),
            _("Always by e-mail: without it nobody could sign in again, or hear of a stranger at the door."),
            fixed=True,
        )
    )
    # Chosen beside the categories rather than among them: whoever says no to it gets nothing that has no
    # haste by mail, and finds it in the portal.
    register_category(Category(DIGEST, _("Digest"), _("What has no haste, together in one mail.")))
