"""Settings of the suite: the portal's own, with what would only slow tests down taken out."""

import os
import tempfile
from pathlib import Path

_VAR = os.environ.setdefault("PORTAL_VAR", tempfile.mkdtemp(prefix="portal-tests-"))
os.environ.setdefault("PORTAL_URL", "http://localhost")

from culture_portal.settings import *  # noqa: E402, F403 - the environment comes first
from culture_portal.settings import ALLOWED_HOSTS, DATABASES, MIDDLEWARE, STORAGES  # noqa: E402

# WhiteNoise rescans every static file for each test client.
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]
STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads and worker processes of a test open it too.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_VAR) / "test.sqlite3")}
# Mail is captured here as in the trial, and keeps to working hours as in production.
MAIL_AT_ANY_HOUR = False
