#!/usr/bin/env python3
"""The portal's commands: ``start``, ``test``, and all of Django's."""

import os
import sys

from culture_portal import bootstrap


def main() -> None:
    bootstrap.enter(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "culture_portal.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - not before enter

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
