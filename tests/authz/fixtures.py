"""The world is built once for all tests of a folder, in a transaction that is rolled back after the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from tests.authz.visiting import Visitors
from tests.authz.world import World, build_world


@pytest.fixture(scope="package")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    keys, mail = tmp_path_factory.mktemp("keys"), tmp_path_factory.mktemp("mail")
    with (
        override_settings(PORTAL_KEY_DIR=keys, CAPTURED_MAIL_DIR=mail),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        yield build_world()
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def visitors(world: World) -> Visitors:
    return Visitors(world)
