"""Who may do what with behaviours, values and customers outside."""

from __future__ import annotations

import rules

from common.rules import is_hr

rules.add_perm("customers.edit_principles", is_hr)
rules.add_perm("customers.edit_external", is_hr)
