"""The portal itself, signing in, and one's second factor."""

from __future__ import annotations

from tests.authz.table.lines import (
    EASY_FORM,
    GET,
    HR_PEOPLE,
    OPERATORS,
    PAGE,
    POST,
    Line,
    Seen,
    by_link,
    everybody,
    only,
    public,
)
from tests.authz.world import PEOPLE, Role

PORTAL: list[Line] = [
    # --- The portal -----------------------------------------------------------------------------------------
    public("healthz"),
    public("readyz"),
    public("readyz-pages"),
    # There for who has the operator's token, who is nobody of the world.
    Line("metrics", GET, {}, Seen.GONE, public=True),
    everybody("home", PAGE),
    everybody("more", PAGE),
    everybody("your-data", GET),
    everybody("your-data-download", POST),
    public("account_login", EASY_FORM),
    public("account_inactive"),
    public("account_logout", EASY_FORM),
    everybody("account_change_password", EASY_FORM),
    everybody("account_reauthenticate", EASY_FORM),
    everybody("signing_in:security", PAGE),
    # Whoever did not sign in a moment ago is asked first that it is them.
    everybody("signing_in:address-change", EASY_FORM),
    only(PEOPLE, "signing_in:address-confirm", EASY_FORM, missing=Seen.OK, token="address_token"),
    everybody("signing_in:session-end-others", POST),
    only({Role.EMPLOYEE}, "signing_in:session-end", POST, otherwise=Seen.GONE, pk="session"),
    public("account_reset_password", EASY_FORM),
    public("account_reset_password_done"),
    public("account_reset_password_from_key", EASY_FORM, missing=Seen.OK, uidb36="zz", key="no-such-key"),
    public("account_reset_password_from_key_done"),
    # Without a provider, as here, there are no such addresses; test_openid_connect.py has one.
    by_link(set(), "signing_in:openid-begin", POST),
    by_link(set(), "signing_in:openid-callback", PAGE),
    # --- One's second factor: whoever did not sign in just now is asked again first -------------------------
    public("mfa_authenticate", EASY_FORM),
    everybody("mfa_reauthenticate", EASY_FORM),
    everybody("signing_in:second-factor", PAGE),
    everybody("signing_in:second-factor-add", EASY_FORM),
    everybody("signing_in:second-factor-remove", EASY_FORM),
    everybody("signing_in:recovery-codes", PAGE),
    only(set(), "signing_in:recovery-codes-text", PAGE, otherwise=Seen.GONE),
    everybody("signing_in:recovery-codes-kept", POST),
    everybody("signing_in:recovery-codes-renew", EASY_FORM),
    only(OPERATORS, "signing_in:second-factor-reset", EASY_FORM, missing=Seen.OK, pk="person:employee"),
]

# What every storey shares.
SHARED: list[Line] = [
    only(OPERATORS, "common:audit-list", PAGE),
    only(OPERATORS, "common:audit-csv", PAGE),
    only(HR_PEOPLE, "common:progress", PAGE, otherwise=Seen.GONE, key="progress"),
]
