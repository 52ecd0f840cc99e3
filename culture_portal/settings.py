"""Settings, all from the environment; the table of them stands in the README.

Without any variable the portal runs in *trial* mode: embedded database, captured mail, keys made once
and kept in ``PORTAL_VAR``. ``PORTAL_MODE=production`` wants each of them named and says which is missing.
"""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from common.trial_secrets import load_trial_secrets

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PORTAL_MODE: str = env.str("PORTAL_MODE", "trial")
if PORTAL_MODE not in {"trial", "production"}:
    raise ImproperlyConfigured(f"PORTAL_MODE must be trial or production, not {PORTAL_MODE!r}.")
TRIAL = PORTAL_MODE == "trial"
PORTAL_VAR = Path(env.str("PORTAL_VAR", str(BASE_DIR / "var")))


def _secret(name: str) -> str:
    """The variable; in the trial a value made once and kept; in production its absence stops the start."""
    value: str = env.str(name, "")
    if value:
        return value
    if TRIAL:
        return load_trial_secrets(PORTAL_VAR)[name]
    raise ImproperlyConfigured(f"{name} is not set. Production needs it; the README says how to make one.")


def _in_production(name: str, trial_default: str) -> str:
    value: str = env.str(name, trial_default if TRIAL else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. Production needs it; see the table in the README.")
    return value


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


DEBUG = False
SECRET_KEY = _secret("SECRET_KEY")
PORTAL_LINK_KEYS = _split(_secret("PORTAL_LINK_KEYS"))
PORTAL_BALLOT_KEYS = (
    _split(_secret("PORTAL_BALLOT_KEY")) if TRIAL else _split(env.str("PORTAL_BALLOT_KEY", ""))
)
PORTAL_KEY_DIR = Path(env.str("PORTAL_KEY_DIR", str(PORTAL_VAR / "keys")))
ALLOWED_HOSTS = _split(_in_production("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"))
PORTAL_URL = _in_production("PORTAL_URL", f"http://localhost:{env.str('PORT', '8000')}").rstrip("/")
PORTAL_ORGANISATION: str = env.str("PORTAL_ORGANISATION", "Brightwater" if TRIAL else "Culture Portal")
PORTAL_COUNTRY: str = env.str("PORTAL_COUNTRY", "GB")
PORTAL_EMAIL_PATTERN: str = env.str("PORTAL_EMAIL_PATTERN", "")
PORTAL_K = env.int("PORTAL_K", 5)
if not 5 <= PORTAL_K <= 20:
    raise ImproperlyConfigured(f"PORTAL_K must be between 5 and 20, not {PORTAL_K}.")

# How long a process may go on with what it knew of the organisation (common/organisation.py).
ORGANISATION_SECONDS = 10

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
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "rules.apps.AutodiscoverRulesConfig",
    "tree_queries",
    "csp",
]

MIDDLEWARE = [
    # First, so that what any other of them answers by itself carries them too.
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.middleware.request_log",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "common.languages.Languages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "common.middleware.SignInRequired",
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
            ],
            "builtins": ["common.templatetags.portal", "django.templatetags.i18n"],
        },
    },
]

# --- Database: PostgreSQL is the product, SQLite the trial --------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", f"sqlite:///{PORTAL_VAR / 'portal.sqlite3'}")
    if TRIAL or env.str("DATABASE_URL", "")
    else {},
}
if not DATABASES["default"]:
    raise ImproperlyConfigured("DATABASE_URL is not set. Production needs PostgreSQL.")
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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, or the embedded stand-ins -----------------------------------------------------------------------
REDIS_URL: str = env.str("REDIS_URL", "")
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"},
}
BROKER_FOLDER = PORTAL_VAR / "broker"

# --- Celery: wake-ups only, the truth is in the database ----------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {}
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
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
TICK_SECONDS = env.int("PORTAL_TICK_SECONDS", 5 if TRIAL else 60)

# --- Mail ---------------------------------------------------------------------------------------------------
EMAIL_CAPTURED = TRIAL and not env.str("EMAIL_URL", "")
CAPTURED_MAIL_DIR = PORTAL_VAR / "mail"
# Captured mail wakes nobody: a trial begun on a Sunday evening need not wait for Monday.
MAIL_AT_ANY_HOUR = EMAIL_CAPTURED
# What was sent from this machine, outside of the database and of its backups: notifications/domain/fencing.py.
EPOCH_FILE = None if EMAIL_CAPTURED else Path(env.str("PORTAL_EPOCH_FILE", str(PORTAL_VAR / "epoch")))
if EMAIL_CAPTURED:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
else:
    vars().update(env.email_url_config(_in_production("EMAIL_URL", "")))
# Nothing may wait for a mail server without end: delivery.md J3.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 20)
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", "Culture Portal <portal@localhost>")

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
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
# Allauth's own would copy each address into a table of its own, where a changed one would live on.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
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
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

# --- Safety -------------------------------------------------------------------------------------------------
SECURE_TRANSPORT = PORTAL_URL.startswith("https://")
if not TRIAL and not SECURE_TRANSPORT:
    raise ImproperlyConfigured("PORTAL_URL must begin with https:// in production.")
SESSION_COOKIE_SECURE = SECURE_TRANSPORT
CSRF_COOKIE_SECURE = SECURE_TRANSPORT
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]
if SECURE_TRANSPORT:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 60 * 60 * 24 * 365)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_TLS_PROXY", True):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
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
TIME_ZONE: str = env.str("PORTAL_TIME_ZONE", "Europe/London")

# --- Static files -------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(PORTAL_VAR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
CRISPY_FAIL_SILENTLY = False

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "filters": {"routes_only": {"()": "common.logs.RoutesOnly"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["routes_only"]},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
    # Statements carry parameters, and parameters carry answers: never logged, whatever the level.
    "loggers": {"django.db.backends": {"level": "WARNING"}},
}
# An error mail would carry the request's body.
ADMINS: list[tuple[str, str]] = []
