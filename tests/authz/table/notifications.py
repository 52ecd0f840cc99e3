"""Mail: who wants none, what one is told in the portal, the outbox, the organisation's words."""

from __future__ import annotations

from django.conf import settings

from tests.authz.table.lines import (
    EASY_FORM,
    FORM,
    HR_PEOPLE,
    OPERATORS,
    PAGE,
    POST,
    POST_FORM,
    Line,
    Seen,
    everybody,
    only,
    public,
)
from tests.authz.world import Role

NOTIFICATIONS: list[Line] = [
    # --- People who opted out of mail -----------------------------------------------------------------------
    public("notifications:unsubscribe", EASY_FORM, token="unsubscribe"),
    public("notifications:unsubscribe-undo", POST, token="unsubscribe"),
    everybody("notifications:preferences", FORM),
    # --- What one is told in the portal ---------------------------------------------------------------------
    everybody("notifications:notice-list", PAGE),
    everybody("notifications:notice-read-all", POST),
    only({Role.EMPLOYEE}, "notifications:notice-open", POST, otherwise=Seen.GONE, pk="notice"),
    # --- Mail -----------------------------------------------------------------------------------------------
    only(OPERATORS, "notifications:outbox", PAGE),
    only(OPERATORS, "notifications:outbox-kind", PAGE, kind="people.set_password"),
    only(OPERATORS, "notifications:outbox-again", FORM, kind="people.set_password"),
    only(OPERATORS, "notifications:outbox-cancel", FORM, kind="people.set_password"),
    only(OPERATORS, "notifications:message-again", POST, pk="message"),
    only(OPERATORS, "notifications:message-cancel", POST, pk="message"),
    only(OPERATORS, "notifications:restore-confirm", EASY_FORM),
    only(HR_PEOPLE | OPERATORS, "notifications:refused-list", PAGE),
    only(HR_PEOPLE | OPERATORS, "notifications:address-trust", POST, pk="refused"),
    only(HR_PEOPLE, "notifications:mail-text-list", PAGE),
    only(HR_PEOPLE, "notifications:mail-text-edit", FORM, name="surveys.invitation", language="de"),
    only(HR_PEOPLE, "notifications:mail-text-look", POST_FORM, name="surveys.invitation", language="de"),
    only(HR_PEOPLE, "notifications:mail-text-reset", POST, name="surveys.invitation", language="de"),
    only(HR_PEOPLE, "notifications:mail-text-test", POST, name="surveys.invitation", language="de"),
    only(
        HR_PEOPLE,
        "notifications:mail-text-html",
        PAGE,
        name="surveys.invitation",
        language="de",
        theme="dark",
    ),
]

# In the trial everybody reads everybody's mail; there is no other way to see one.
CAPTURED: list[Line] = (
    [
        everybody("notifications:captured-list", PAGE),
        everybody("notifications:captured-detail", PAGE, name="captured"),
    ]
    if settings.EMAIL_CAPTURED
    else []
)
