"""Everyone is an employee; these two come by group, a manager by leading or having reports."""

HR = "HR"
ADMINISTRATOR = "Administrator"
