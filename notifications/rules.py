"""Who may do what with the outbox."""

from __future__ import annotations

import rules

from common.rules import is_administrator, is_hr

rules.add_perm("notifications.see_outbox", is_administrator)
rules.add_perm("notifications.resend_messages", is_administrator)
# HR corrects addresses, administrators say when a mail server was mended.
rules.add_perm("notifications.see_refused", is_hr | is_administrator)
rules.add_perm("notifications.word_mails", is_hr)
