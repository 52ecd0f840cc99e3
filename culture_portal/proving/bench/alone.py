"""One benchmark in a process of its own, so that none finds warm what another used. Started by ``running``.

    python -m culture_portal.proving.bench.alone NAME [small]

says its figures as JSON in the last line.
"""

from __future__ import annotations

import json
import os
import sys

import django


def main(name: str, *, small: bool) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "culture_portal.settings")
    django.setup()
    # Models can be imported only from here on.
    from culture_portal.proving.bench.catalogue import BENCHMARKS  # noqa: PLC0415
    from culture_portal.proving.bench.figures import Scale  # noqa: PLC0415

    figures = BENCHMARKS[name].run(Scale(small=small))
    print(json.dumps([figure.to_json() for figure in figures]))  # read by ``running``


if __name__ == "__main__":
    main(sys.argv[1], small="small" in sys.argv[2:])
