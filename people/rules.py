"""Who may do what with people."""

from __future__ import annotations

import rules

from common.rules import is_administrator, is_hr

rules.add_perm("people.edit_people", is_hr)
rules.add_perm("people.erase_people", is_hr)
rules.add_perm("people.import_people", is_hr)
rules.add_perm("people.edit_teams", is_hr)
rules.add_perm("people.edit_organisation", is_hr)
rules.add_perm("people.give_roles", is_administrator)
rules.add_perm("people.reset_second_factor", is_administrator)
