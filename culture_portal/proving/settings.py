"""Production with little patience, so that what must wait for a lease or a silent server is soon over."""

import datetime as dt

from culture_portal.settings import *  # noqa: F403

EMAIL_TIMEOUT = 1
# The least that notifications/checks.py allows beside it.
MAIL_LEASE = dt.timedelta(seconds=6)
