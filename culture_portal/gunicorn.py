"""gunicorn's settings, in the trial and in the image alike; ``--bind`` comes from who starts it."""

import os

wsgi_app = "culture_portal.wsgi"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True  # imported once and shared by the workers: half the start and less memory
graceful_timeout = 5
control_socket_disable = True
