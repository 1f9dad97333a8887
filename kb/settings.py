"""Settings, driven by the environment. Every variable is documented in the README; a wrong value refuses to start."""

from pathlib import Path
from urllib.parse import urlsplit

from kb.environment import Environment, environ, kept_secret

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(BASE_DIR / ".env")

# Where and who
DATA_DIR = env.folder("DATA_DIR", BASE_DIR / "var")
SITE_NAME = env.text("SITE_NAME", "Andon")
DEBUG = env.flag("DEBUG", False)
BIND = env.address("BIND", "127.0.0.1")
PORT = env.number("PORT", 8000, 1, 65535)
WEB_WORKERS = env.number("WEB_WORKERS", 2, 1, 64)
DEMO = env.flag("DEMO", True)
LOOPBACK = BIND in ("localhost", "::1") or BIND.startswith("127.")
if DEBUG and not LOOPBACK:
    env.fault("DEBUG", f"it shows secrets in error pages and BIND={BIND} is open to the network; turn one of them off.")

everywhere = BIND in ("0.0.0.0", "::")
own_name = "localhost" if everywhere else f"[{BIND}]" if ":" in BIND else BIND
PUBLIC_URL = env.origin("PUBLIC_URL", f"http://{own_name}:{PORT}")
public = urlsplit(PUBLIC_URL)
HTTPS = public.scheme == "https"
# Named, never "*": a forged Host header would otherwise stand in links of mails.
ALLOWED_HOSTS = [public.hostname or "", own_name, "localhost", "127.0.0.1", "[::1]", *env.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FILE = env.text("SECRET_KEY_FILE")
if not SECRET_KEY and not env.faults:
    try:
        SECRET_KEY = kept_secret(Path(SECRET_KEY_FILE or DATA_DIR / "secret_key"))
    except OSError as error:
        env.fault("SECRET_KEY_FILE", f"{error.filename} cannot be read or made ({error.strerror}).")
if not env.faults and len(SECRET_KEY) < 32:
    env.fault("SECRET_KEY", "it has fewer than 32 characters; take a long random one, or unset it to have one made.")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "kb.accounts",
    "kb.events",
    "search",
    "postmortems",
    "kb.digests",
    "kb.demo",
    "kb",
]
MIDDLEWARE = [
    "kb.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "kb.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "kb.middleware.addresses_without_nul",
    "kb.middleware.SignInRequired",
    "kb.middleware.keep_private",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "kb.urls"
WSGI_APPLICATION = "kb.wsgi.application"
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
                "kb.context.site",
            ],
        },
    }
]
LANGUAGE_CODE = "en-gb"
USE_I18N = False  # one language: to look up each text and number would be a tenth of every page
TIME_ZONE = "UTC"

# Rows
DATABASE_URL = env.url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'andon.sqlite3'}", ("sqlite", "postgres", "postgresql"))
DATABASES = {"default": environ.Env.db_url_config(DATABASE_URL) | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
if DATABASE_URL.startswith("sqlite"):
    DATABASES["default"]["OPTIONS"] = {
        # A transaction takes the write lock at its start: with DEFERRED, writers fail instead of waiting.
        "transaction_mode": "IMMEDIATE",
        # Seconds. SQLite wakes waiting writers in no order: at 20, one of 32 was told that the database is locked.
        "timeout": 60,
        # FULL: what was acknowledged survives the loss of power. The rest is memory for quick reading.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;"
        " PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    # Shared by all processes: throttling counts here, so a memory of each process would not do.
    "default": environ.Env.cache_url_config(
        env.url("CACHE_URL", "dbcache://andon_cache", ("dbcache", "locmemcache", "redis", "rediss"))
    ),
    # What each process counts for itself: requests of the API per minute.
    "process": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "process",
        "TIMEOUT": 3600,
        "OPTIONS": {"MAX_ENTRIES": 2000},
    },
}

# Mail: files in DATA_DIR/mail until told otherwise, so that a newcomer can open what was sent
EMAIL_URL = env.url(
    "EMAIL_URL", f"filemail://{DATA_DIR / 'mail'}", ("filemail", "smtp", "smtp+tls", "smtp+ssl", "consolemail")
)
vars().update({name: value for name, value in environ.Env.email_url_config(EMAIL_URL).items() if name.isupper()})
if EMAIL_URL.startswith("filemail"):
    EMAIL_BACKEND = "kb.lib.mail.FileBackend"  # one .eml per mail, which any mail program opens
    EMAIL_FILE_PATH = urlsplit(EMAIL_URL).path  # the library drops the first slash
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <andon@{public.hostname}>")

# Files that people attach: megabytes for one, and for all of one postmortem
ATTACHMENT_SIZE = env.number("ATTACHMENT_SIZE", 10, 1, 1000)
ATTACHMENTS_SIZE = env.number("ATTACHMENTS_SIZE", 200, 1, 100_000)
UPLOAD_SIZE = 100  # where an address says nothing else
FILE_UPLOAD_HANDLERS = ["kb.lib.uploads.BoundedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "incoming"  # not /tmp: one disk to look after, and nobody else's
if not env.faults:
    FILE_UPLOAD_TEMP_DIR.mkdir(mode=0o700, exist_ok=True)

# Work beside requests: the rows of kb.events are the work, a message is a nudge, so any broker may lose it
CELERY_BROKER_URL = env.url(
    "CELERY_BROKER_URL", "filesystem://", ("filesystem", "redis", "rediss", "amqp", "amqps", "memory")
)

# Who comes in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "/"
SIGNUP = env.choice("SIGNUP", "closed", ("closed", "domains", "open"))
SIGNUP_DOMAINS = [domain.lower().removeprefix("@") for domain in env.words("SIGNUP_DOMAINS")]
if SIGNUP == "domains" and not SIGNUP_DOMAINS:
    env.fault("SIGNUP_DOMAINS", "name at least one domain, such as example.org, or set SIGNUP=closed.")
ACCOUNT_ADAPTER = "kb.accounts.adapter.Adapter"
ACCOUNT_FORMS = {"login": "kb.accounts.login_form.LoginForm"}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none" if SIGNUP == "closed" else "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Behind a proxy the client's address is the last one it wrote down; without one, nobody's header is believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("PROXIES", 1 if HTTPS else 0, 0, 9)
PASSWORD_MIN_LENGTH = 10
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# The API: JSON alone, errors as problem details (kb/api.py)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["kb.authentication.Bearer", "kb.authentication.Session"],
    "DEFAULT_PERMISSION_CLASSES": ["kb.authentication.SignedIn"],
    "DEFAULT_THROTTLE_CLASSES": ["kb.authentication.PerPerson"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["kb.lib.strict_json.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "kb.lib.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "kb.api_schema.Schema",
    "EXCEPTION_HANDLER": "kb.api.answer_error",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": f"{SITE_NAME} API",
    "VERSION": "1",
    "DESCRIPTION": "Read and write postmortems by the same rules as the pages. Start at /api/docs/.",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_PERMISSIONS": ["kb.authentication.SignedIn"],
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "PostmortemKind": "postmortems.models.postmortem.Postmortem.Kind",
        "PostmortemStatus": "postmortems.models.postmortem.Postmortem.Status",
        "SectionKind": "postmortems.models.sections.Section.Kind",
        "EvidenceKind": "postmortems.models.evidence.Evidence.Kind",
        "EntryKind": "postmortems.models.timeline.TimelineEntry.Kind",
        "ObservationKind": "postmortems.models.factors.Observation.Kind",
        "QuestionStatus": "postmortems.models.questions.Question.Status",
        "CountermeasureKind": "postmortems.models.countermeasures.Countermeasure.Kind",
        "CountermeasureStatus": "postmortems.models.countermeasures.Countermeasure.Status",
        "TagKind": "postmortems.models.catalog.Tag.Kind",
    },
}

# What browsers are told
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # the browsers' preload list is the domain owner's decision
# Cookies do not know ports: without the suffix, two copies on one machine would sign each other out.
suffix = f"_{public.port}" if public.port else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"andon_session{suffix}", f"andon_csrf{suffix}"
CSRF_FAILURE_VIEW = "kb.views.csrf_failure"

# Static files: collected into DATA_DIR by `manage.py up`, named by their content, compressed once
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": DATA_DIR / "files"}},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

LOG_LEVEL = env.choice("LOG_LEVEL", "WARNING", ("DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "kb.lib.request_ids.RequestIdFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request"]}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # A 404 is an everyday answer, not news.
        "django.request": {"level": "ERROR"},
    },
}

# What must go "up" is a dotted path in one of these tables; each is checked at start-up (kb/checks.py).
EVENT_CONSUMERS = {
    "index": {"consume": "search.indexing.consume", "kinds": ["postmortem.", "learning.", "countermeasure."]},
    "fragments": {"consume": "postmortems.fragments.consume", "kinds": ["postmortem.revised"]},
    "notices": {"consume": "postmortems.notifying.consume", "kinds": []},  # asked for by name (models/notices.py)
}
SEARCH_SUBJECTS = "postmortems.documents"
SEARCH_PENDING = "kb.events.drain.pending"
SEARCH_ALL_DONE = "kb.events.drain.all_done"
# An engine is a file of its own; its name stands nowhere else.
SEARCH_ENGINES = ["whoosh"]
SEARCH_ENGINE = env.choice("SEARCH_ENGINE", "whoosh", SEARCH_ENGINES)

env.refuse_faults()
