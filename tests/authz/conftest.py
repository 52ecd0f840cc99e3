from tests.authz.fixtures import visitors, world

__all__ = ["visitors", "world"]
