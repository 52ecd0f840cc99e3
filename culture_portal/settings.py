"""Settings, all from the environment; the table of them stands in the README.

Without any variable the portal runs in *trial* mode: embedded database, captured mail, keys made once
and kept in ``PORTAL_VAR``. ``PORTAL_MODE=production`` wants each of them named and says which is missing.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import environ
import holidays
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host
from django.utils.translation import gettext_lazy as _

from common.logs import logging_config
from culture_portal.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
# Reads, refuses and remembers; ``stop_if_wrong`` at the end says all that was wrong.
env = Environment(os.environ, var=BASE_DIR / "var")
TRIAL = not env.production
PORTAL_VAR = env.var

# There is no debug mode: its pages show what people wrote, and to anybody.
DEBUG = False
for _name in ("DEBUG", "DJANGO_DEBUG"):
    if not TRIAL and env.text(_name).lower() not in {"", "0", "false", "no", "off"}:
        env.refuse(_name, "is set, and production has no debug mode; take the variable away")

# --- Whose portal, and where --------------------------------------------------------------------------------
SECRET_KEY, *SECRET_KEY_FALLBACKS = env.keys("SECRET_KEY")
PORTAL_LINK_KEYS = env.keys("PORTAL_LINK_KEYS")
# Only the worker of the queue "ballots" has it: anonymity.md S4.
PORTAL_BALLOT_KEYS = env.keys("PORTAL_BALLOT_KEY", needed=False)
PORTAL_KEY_DIR = Path(env.text("PORTAL_KEY_DIR", str(PORTAL_VAR / "keys")))
if not TRIAL and PORTAL_BALLOT_KEYS and not os.access(PORTAL_KEY_DIR, os.W_OK | os.X_OK):
    env.refuse("PORTAL_KEY_DIR", f"must be a folder this process may write to: {PORTAL_KEY_DIR}")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
if not TRIAL and "*" in ALLOWED_HOSTS:
    env.refuse("ALLOWED_HOSTS", "must name the hosts: with * anybody could put theirs into links we mail")
PORT = env.number("PORT", 8000, low=1, high=65535)
PORTAL_URL = env.needed("PORTAL_URL", f"http://localhost:{PORT}").rstrip("/")
_address = urlsplit(PORTAL_URL)
SECURE_TRANSPORT = _address.scheme == "https"
_is_address = _address.scheme in {"http", "https"} and _address.hostname and not _address.path
if not _is_address or "@" in _address.netloc:
    env.refuse("PORTAL_URL", f"must be an address such as https://portal.example.com, not {PORTAL_URL!r}")
elif not TRIAL and not SECURE_TRANSPORT and env.text("PORTAL_URL"):
    env.refuse("PORTAL_URL", "must begin with https:// in production")
elif not TRIAL and "*" not in ALLOWED_HOSTS and not validate_host(_address.hostname or "", ALLOWED_HOSTS):
    env.refuse("ALLOWED_HOSTS", f"must name {_address.hostname}, the host of PORTAL_URL")
PORTAL_ORGANISATION = env.text("PORTAL_ORGANISATION", "Brightwater" if TRIAL else "Culture Portal")
PORTAL_COUNTRY = env.text("PORTAL_COUNTRY", "GB")
if PORTAL_COUNTRY not in holidays.list_supported_countries():
    env.refuse(
        "PORTAL_COUNTRY",
        f"must be a country whose public holidays are known, such as DE or GB, not {PORTAL_COUNTRY!r}",
    )
PORTAL_EMAIL_PATTERN = env.text("PORTAL_EMAIL_PATTERN")
if PORTAL_EMAIL_PATTERN and not ("{employee_id}" in PORTAL_EMAIL_PATTERN and "@" in PORTAL_EMAIL_PATTERN):
    env.refuse("PORTAL_EMAIL_PATTERN", "must hold {employee_id} and @, such as {employee_id}@example.com")
PORTAL_K = env.number("PORTAL_K", 5, low=5, high=20)

# What is kept of people, why and how long (common/retention.py). An organisation may name a copy of its own.
RETENTION_FILE = Path(env.text("PORTAL_RETENTION_FILE", str(BASE_DIR / "culture_portal" / "retention.toml")))

# How long a process may go on with what it knew of the organisation (common/organisation.py).
ORGANISATION_SECONDS = 1

INSTALLED_APPS = [
    "culture_portal.apps.CulturePortalConfig",
    "surveys",
    "customers",
    "notifications",
    "people",
    "common",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "rules.apps.AutodiscoverRulesConfig",
    "tree_queries",
    "csp",
]

MIDDLEWARE = [
    # First, so that what any other of them answers by itself carries them too.
    "common.middleware.closed_to_others",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "culture_portal.health.probes_first",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.middleware.request_log",
    "culture_portal.metrics.count_requests",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.languages.Languages",
    "django.middleware.common.CommonMiddleware",
    # Before the first that reads a body.
    "culture_portal.bounding.BoundedBodies",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.live_sessions",
    "common.middleware.SignInRequired",
    "culture_portal.signing_in.middleware.SecondFactorRequired",
    "people.middleware.local_time",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "common.middleware.no_store",
    "common.middleware.button_page",
]

ROOT_URLCONF = "culture_portal.urls"
CSRF_FAILURE_VIEW = "culture_portal.error_pages.csrf_failure"
WSGI_APPLICATION = "culture_portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.context.portal",
                "notifications.context.bell",
                "culture_portal.context.sign_in",
            ],
            "builtins": ["common.templatetags.portal", "django.templatetags.i18n"],
        },
    },
]

# --- Database: PostgreSQL is the product, SQLite the trial --------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": environ.Env.db_url_config(f"sqlite:///{PORTAL_VAR / 'portal.sqlite3'}"),
}
if _database_url := env.needed_secret("DATABASE_URL"):
    try:
        if not _database_url.startswith(("postgres://", "postgresql://", *["sqlite://"] * TRIAL)):
            raise ValueError
        DATABASES["default"] = environ.Env.db_url_config(_database_url)
    except ValueError:
        env.refuse("DATABASE_URL", "must name a PostgreSQL database: postgres://user:password@host:5432/name")
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock at BEGIN, so that two writers wait for each other instead of failing.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # Without it a server that is gone from the network holds a request for two minutes.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, or the embedded stand-ins -----------------------------------------------------------------------
REDIS_URL = env.needed_secret("REDIS_URL")
if REDIS_URL and not REDIS_URL.startswith(("redis://", "rediss://", "unix://")):
    env.refuse("REDIS_URL", "must look like redis://host:6379/0")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
}
BROKER_FOLDER = PORTAL_VAR / "broker"

# --- Celery: wake-ups only, the truth is in the database ----------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"socket_connect_timeout": 5, "socket_keepalive": True}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_FOLDER / "queue"),
        "data_folder_out": str(BROKER_FOLDER / "queue"),
        "processed_folder": str(BROKER_FOLDER / "processed"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "polling_interval": 0.1,
    }
)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "surveys.tasks.tick": {"queue": "ballots"},
    "surveys.tasks.carry_out_launch": {"queue": "ballots"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_REDIRECT_STDOUTS = False
# One task at a time is taken from the queue, so that two workers share the work evenly.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Some libraries keep a little of each piece of work: a process is replaced before that adds up.
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
# The last resort only. A worker that is ended in the middle of a mail leaves it in doubt (delivery.md J3).
CELERY_TASK_TIME_LIMIT = 2 * 60 * 60
CELERY_TIMEZONE = "UTC"
TICK_SECONDS = env.number("PORTAL_TICK_SECONDS", 5 if TRIAL else 60, low=1, high=3600)

# --- Mail ---------------------------------------------------------------------------------------------------
_email_url = env.needed_secret("EMAIL_URL")
EMAIL_CAPTURED = TRIAL and not _email_url
CAPTURED_MAIL_DIR = PORTAL_VAR / "mail"
# Captured mail wakes nobody: a trial begun on a Sunday evening need not wait for Monday.
MAIL_AT_ANY_HOUR = EMAIL_CAPTURED
# What was sent from here, outside of the database and of its backups: notifications/domain/fencing.py.
EPOCH_FILE = None if EMAIL_CAPTURED else Path(env.text("PORTAL_EPOCH_FILE", str(PORTAL_VAR / "epoch")))
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
if _email_url:
    try:
        if not _email_url.startswith("smtp") or not urlsplit(_email_url).hostname:
            raise ValueError
        if not TRIAL and urlsplit(_email_url).password == "password":  # noqa: S105 - as the examples have it
            env.refuse("EMAIL_URL", "still has the password of the example")
        vars().update(environ.Env.email_url_config(_email_url))
        EMAIL_PORT = urlsplit(_email_url).port or 25
    except (ImproperlyConfigured, ValueError):
        env.refuse("EMAIL_URL", "must name a mail server: smtp+tls://user:password@host:587, or smtp://host")
# Nothing may wait for a mail server without end: delivery.md J3, and how long by notifications/checks.py.
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 20, low=1, high=50)
# How long a dispatcher holds what it took up: longer than one mail can take at the slowest server.
MAIL_LEASE = timedelta(minutes=5)
DEFAULT_FROM_EMAIL = env.needed("DEFAULT_FROM_EMAIL", "Culture Portal <portal@localhost>")

# --- Sign-in ------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
ACCOUNT_ADAPTER = "culture_portal.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PREVENT_ENUMERATION = True
# Asked at each sign-in: devices are shared.
ACCOUNT_SESSION_REMEMBER = None
# Allauth counts wrong passwords by login alone, so that anybody could lock an owner out; ours are counted in
# culture_portal/signing_in/throttling.py.
ACCOUNT_RATE_LIMITS = False
# How long nobody is asked again before they change address, password or second factor.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 5 * 60
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# Allauth's own would copy each address into a table of its own, where a changed one would live on.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "culture_portal.signing_in.tokens.PasswordLinks"  # noqa: S105
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if TRIAL else "https"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24 * 7
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# A code of an authenticator app beside the password (culture_portal/signing_in). Offered to everybody, and
# where it is required, HR and administrators get no further than the page that sets it up.
SECOND_FACTOR_REQUIRED = env.flag("SECOND_FACTOR_REQUIRED", not TRIAL)
MFA_ADAPTER = "culture_portal.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "culture_portal.signing_in.forms.CodeForm",
    "reauthenticate": "culture_portal.signing_in.forms.CodeAgainForm",
}

# Sign-in by the organisation's own provider, where OIDC_ISSUER names one (culture_portal/signing_in).
OIDC_ISSUER = env.text("OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.secret("OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("OIDC_NAME")
# The claim that says whether the provider has verified the address: Entra ID calls it xms_edov.
OIDC_VERIFIED_CLAIM = env.text("OIDC_VERIFIED_CLAIM", "email_verified")
# Where the provider asks for a second factor, the portal need not ask for another.
OIDC_TRUSTS_SECOND_FACTOR = env.flag("OIDC_TRUSTS_SECOND_FACTOR", False)
_oidc_needs = {
    "OIDC_ISSUER": OIDC_ISSUER,
    "OIDC_CLIENT_ID": OIDC_CLIENT_ID,
    "OIDC_CLIENT_SECRET": OIDC_CLIENT_SECRET,
}
if any(_oidc_needs.values()) or OIDC_NAME or OIDC_TRUSTS_SECOND_FACTOR:
    for _name, _value in _oidc_needs.items():
        if not _value:
            env.refuse(_name, f"is not set. OpenID Connect needs {', '.join(_oidc_needs)}")
    if not TRIAL and not OIDC_ISSUER.startswith("https://"):
        env.refuse("OIDC_ISSUER", "must begin with https:// in production")
SESSION_ENGINE = "common.session_store"
# Who asks to stay signed in is signed out after two weeks without a visit; others when they close the
# browser, or where it was left open after half a day; everybody after two months
# (people/domain/keeping_sessions.py).
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_HOURS = 12
SESSION_LONGEST_HOURS = 24 * 60
# Notices name people: not in a cookie, which a shared device would keep.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Safety -------------------------------------------------------------------------------------------------
# How many proxies stand before the portal. What they say of the caller (X-Forwarded-For, X-Forwarded-Proto)
# is believed exactly so far; with none, not at all (common/client_address.py).
env.needed("PORTAL_PROXY_COUNT", "0")
PORTAL_PROXY_COUNT = env.number("PORTAL_PROXY_COUNT", 0, low=0, high=10)
if PORTAL_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = SECURE_TRANSPORT
CSRF_COOKIE_SECURE = SECURE_TRANSPORT
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
if SECURE_TRANSPORT:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|readyz/pages|metrics)$"]
    SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", 60 * 60 * 24 * 365, low=0, high=10**9 - 1)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# A file of people, the largest we read, with its form around it; deploy/nginx.conf says the same.
LARGEST_REQUEST = 12 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Language and time --------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LANGUAGE_COOKIE_NAME = "__Host-language" if SECURE_TRANSPORT else "language"
LANGUAGE_COOKIE_SECURE = SECURE_TRANSPORT
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["culture_portal.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("PORTAL_TIME_ZONE", "Europe/London")
try:
    ZoneInfo(TIME_ZONE)
except (KeyError, OSError, ValueError):
    env.refuse("PORTAL_TIME_ZONE", f"must be a time zone such as Europe/Berlin, not {TIME_ZONE!r}")
    TIME_ZONE = "UTC"

# --- Static files -------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(PORTAL_VAR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

# --- The web server (culture_portal/gunicorn.py) ------------------------------------------------------------
WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", 2, low=1, high=64)
WEB_THREADS = env.number("WEB_THREADS", 4, low=1, high=64)

# --- What an operator sees ----------------------------------------------------------------------------------
LOG_LEVEL = env.one_of("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING = logging_config(level=LOG_LEVEL, as_json=not TRIAL)
# Where the proxy numbers requests: the header it puts the number in, whatever a visitor sent.
REQUEST_ID_HEADER = env.text("PORTAL_REQUEST_ID_HEADER")
METRICS_TOKEN = env.token("METRICS_TOKEN")
REVISION = env.text("PORTAL_REVISION", "unknown")
# An error mail would carry the request's body.
ADMINS: list[tuple[str, str]] = []

env.stop_if_wrong()
