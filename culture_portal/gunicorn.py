"""gunicorn's settings, in the trial and in the image alike; ``--bind`` comes from who starts it.

Slow clients are the proxy's to wait for: here each request holds one of a few threads until it has come in.
How long that may take is bounded by our worker, and what is set below bounds how long it may take to stop.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

# The first that is read: wrong settings stop the start before a process or a socket is there.
import culture_portal.settings as portal

wsgi_app = "culture_portal.wsgi"
worker_class = "culture_portal.patient_worker.PatientWorker"
preload_app = True  # imported once and shared by the workers: half the start and less memory
workers = portal.WEB_CONCURRENCY
threads = portal.WEB_THREADS
# Longer than proxies keep idle connections, so that none is closed under a request on its way.
keepalive = 75
timeout = 60
# The trial's supervisor waits six seconds in all.
graceful_timeout = 5 if portal.TRIAL else 25
# Each worker is replaced now and then, not all at once: what libraries leak stays small.
max_requests = 20_000
max_requests_jitter = 5_000
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
# Workers show that they live by touching a file: in memory, as a disk may be slow or read-only.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - the kernel's, not a place for data
# It would believe what anybody on this machine says of TLS; how far that goes is PORTAL_PROXY_COUNT's.
forwarded_allow_ips = ""
# The portal's own request log says routes; gunicorn's would say addresses, and some hold a token.
accesslog = None
control_socket_disable = True


def on_starting(server: Any) -> None:
    from culture_portal.health import last_migrations  # noqa: PLC0415 - the app is there only now

    last_migrations()  # found once for all workers, before the first probe waits for it
    if not portal.TRIAL and portal.PORTAL_BALLOT_KEYS:
        server.log.warning(
            "PORTAL_BALLOT_KEY is set for the web server; only the worker of the queue ballots should have it"
        )
