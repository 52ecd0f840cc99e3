"""What a database does to everybody who works with it."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

# It is down, restarting, or too busy to answer: no fault of what was being done, which is tried again.
DatabaseAway = (OperationalError, InterfaceError)
