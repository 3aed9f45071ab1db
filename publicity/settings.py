"""Settings of the site. A clone runs on SQLite with no variable set; production refuses to start without its secrets.

Every name read from the environment is listed in README.md under "Settings".
"""

import os
import re
import tempfile
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, *, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in {"", "0", "1", "true", "false", "yes", "no"}:
        raise ImproperlyConfigured(f"{name}={value!r}: use 1 or 0")
    return value in {"1", "true", "yes"} if value else default


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in os.environ.get(name, default).split(",") if item.strip()]


DEBUG = env_bool("DEBUG", default=True)
HTTPS = env_bool("HTTPS", default=not DEBUG)
SECRET_KEY = os.environ.get("SECRET_KEY", "")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY must be set when DEBUG=0")
    SECRET_KEY = "django-insecure-for-a-clone-on-ones-own-machine-only"  # noqa: S105
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
if not DEBUG and not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must be set when DEBUG=0")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")
# Where readers find the site: what is made without a request names its pages by it.
SITE_URL = os.environ.get("SITE_URL") or f"{'https' if HTTPS else 'http'}://{ALLOWED_HOSTS[0].lstrip('.')}"
if not re.fullmatch(r"https?://[^/\s]+", SITE_URL):
    raise ImproperlyConfigured(f"SITE_URL={SITE_URL!r}: write it like https://credit.example.org")

# The name of the event log, and the Ed25519 seed that signs its states and certificates: 32 bytes in base64.
LOG_ORIGIN = os.environ.get("LOG_ORIGIN") or f"{ALLOWED_HOSTS[0].lstrip('.')}/log"
if not re.fullmatch(r"[^\s+]+", LOG_ORIGIN):
    raise ImproperlyConfigured("LOG_ORIGIN must have neither spaces nor +")
LOG_KEY = os.environ.get("LOG_KEY", "")
if LOG_KEY and not re.fullmatch(r"[A-Za-z0-9+/]{43}=", LOG_KEY):
    raise ImproperlyConfigured("LOG_KEY must be 32 bytes in base64")
# Public keys (name+id+key) that signed before: what they signed still counts.
LOG_FORMER_KEYS = os.environ.get("LOG_FORMER_KEYS", "").split()

SITE_NAME = os.environ.get("SITE_NAME") or "企业信用信息公示平台（演示）"
SITE_NAME_EN = os.environ.get("SITE_NAME_EN") or "Enterprise Credit Publicity (demonstration)"
SITE_OPERATOR = os.environ.get("SITE_OPERATOR") or "演示运行单位"
SITE_OPERATOR_EN = os.environ.get("SITE_OPERATOR_EN") or "Demonstration operator"
SITE_CONTACT = os.environ.get("SITE_CONTACT") or "12345"

INSTALLED_APPS = [
    "publicity.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.sitemaps",
    "axes",
    "csp",
    "django_filters",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "records",
    "blacklists",
    "publicity",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "publicity.middleware.request_id",
    "publicity.middleware.without_body",
    "publicity.middleware.request_origin",
    "publicity.api.cross_origin.public_api",
    "publicity.middleware.compressed",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "publicity.middleware.content_policy",
    "publicity.middleware.response_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "publicity.middleware.cut_searches",
]

ROOT_URLCONF = "publicity.urls"
WSGI_APPLICATION = "publicity.wsgi.application"
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
                "publicity.context.site",
            ],
        },
    },
]

SQLITE_OPTIONS = {
    # IMMEDIATE: a read-then-write transaction otherwise fails with "database is locked" under load.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # FULL: an acknowledged commit survives a power loss, which NORMAL does not promise in WAL mode.
    # A page that many transactions of an import touch goes from the log to the file once per 64 MB, not every 4 MB.
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-20000;PRAGMA wal_autocheckpoint=16000;"
        "PRAGMA journal_size_limit=67108864"
    ),
}
POSTGRESQL_OPTIONS = {
    "pool": {"min_size": 1, "max_size": int(os.environ.get("DATABASE_POOL", "8")), "timeout": 5},
    "connect_timeout": 3,
    # Without statistics of a table that fills, each statement of an import would be compiled: longer than it runs.
    "options": "-c jit=off",
    # For statements that ask for it (records/prepared.py).
    "prepare_threshold": 5,
}
DATABASES = {
    "default": dj_database_url.parse(
        os.environ.get("DATABASE_URL") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}", conn_health_checks=True
    )
}
SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
# Opening the file anew takes longer than most questions to it; PostgreSQL has its pool.
DATABASES["default"]["CONN_MAX_AGE"] = None if SQLITE else 0
# What the address itself asks for (?sslmode=require) wins.
DATABASES["default"]["OPTIONS"] = (SQLITE_OPTIONS if SQLITE else POSTGRESQL_OPTIONS) | DATABASES["default"].get("OPTIONS", {})
if SQLITE:
    # A file, as in production: workers and the live server of the tests are other processes and threads.
    DATABASES["default"]["TEST"] = {"NAME": Path(tempfile.gettempdir()) / f"credit-publicity-{os.getpid()}.sqlite3"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        # One throttle counter per address; the default of 300 entries would forget them.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
if os.environ.get("CACHE_URL"):
    CACHES["default"] = {
        "BACKEND": "publicity.shared_cache.SharedCache",
        "LOCATION": os.environ["CACHE_URL"],
    }

# Files as uploaded: outside the static tree, never served by the web server, readable by the service's user alone.
UPLOAD_DIR = Path(os.environ.get("UPLOAD_DIR") or BASE_DIR / "var" / "uploads")
# After so many days the file of a batch that is over is deleted (three years, the longest a penalty is public); 0 keeps all.
UPLOAD_KEEP_DAYS = int(os.environ.get("UPLOAD_KEEP_DAYS", "1095"))
UPLOAD_MAX_BYTES = int(os.environ.get("UPLOAD_MAX_MB", "200")) * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
# How many requests of one process may wait for the next event; half of its threads at most, or pages wait too.
API_WAITERS = int(os.environ.get("API_WAITERS", "2"))
# Where ``manage.py export_bulk`` puts what ``/bulk/`` serves.
BULK_DIR = Path(os.environ.get("BULK_DIR") or BASE_DIR / "var" / "bulk")
# A file of at most this many bytes is staged while the uploader waits; a larger one is left to the import worker.
# A worker that has not moved for this long has lost its batch to the next.
IMPORT_LEASE_SECONDS = int(os.environ.get("IMPORT_LEASE_SECONDS", "60"))
STAGE_IN_REQUEST_BYTES = int(os.environ.get("STAGE_IN_REQUEST_KB", "512")) * 1024

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# Behind a socket nginx alone says who asks; of an IPv6 network every address is one.
AXES_CLIENT_IP_CALLABLE = "publicity.api.throttling.address_of"
# What was typed as a name may be a password.
AXES_USERNAME_CALLABLE = "records.admin.sign_ins.counted_name"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.5  # half an hour, as its page says
AXES_LOCKOUT_CALLABLE = "publicity.staff.locked_out"
AXES_VERBOSE = False
# Its pages would let a superuser delete attempts without a trace; ``manage.py axes_reset`` does it where it must be done.
AXES_ENABLE_ADMIN = False
LOGIN_URL = "admin:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT") or BASE_DIR / "var" / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
        # Uploads are for the site alone (FILE_UPLOAD_PERMISSIONS), these for whoever serves them: nginx has an account of its own.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 8 * 3600
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
# The probes of a load balancer come over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz", r"^readyz"]
if os.environ.get("PROXY_SCHEME_HEADER"):
    # As the proxy names it (X-Forwarded-Proto) or as WSGI does (HTTP_X_FORWARDED_PROTO).
    _named = os.environ["PROXY_SCHEME_HEADER"].upper().replace("-", "_").removeprefix("HTTP_")
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{_named}", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "publicity.api.problems.problem_response",
    "DEFAULT_THROTTLE_CLASSES": ["publicity.api.throttling.PublicThrottle"],
    "DEFAULT_THROTTLE_RATES": {"public": os.environ.get("API_RATE", "600/5min")},
    "NUM_PROXIES": int(os.environ.get("NUM_PROXIES", "0")),
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Enterprise credit publicity API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "add"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "view"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "publicity.request_log.RequestId"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {request} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "INFO")},
}
