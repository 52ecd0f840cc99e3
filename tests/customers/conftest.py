from tests.people.conftest import administrator, employee, hr, plain_sessions

__all__ = ["administrator", "employee", "hr", "plain_sessions"]
