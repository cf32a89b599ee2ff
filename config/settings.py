"""Django settings, every value from the environment; README.md documents each variable."""

from pathlib import Path
from urllib.parse import urlsplit

from django.utils.csp import CSP

from config import cache, database, embedded, env, env_file, private
from config import celery as _celery  # noqa: F401  the app that rings, in every process that has settings
from config.logging import configure

BASE_DIR = Path(__file__).resolve().parent.parent
SETTINGS_FILE = env_file.load(env.text("ENV_FILE"), BASE_DIR / ".env")

DATA_DIR = private.folder_of_its_own(Path(env.text("DATA_DIR", str(BASE_DIR / "var"))), BASE_DIR)
DATABASE_URL = env.secret("DATABASE_URL")
DATABASE_WAIT_SECONDS = env.number("DATABASE_WAIT_SECONDS", 30)
EMBEDDED = not DATABASE_URL

# Secrets ---------------------------------------------------------------------------------------------------
SECRET_KEY = embedded.kept_secret(DATA_DIR, "SECRET_KEY", env.secret("SECRET_KEY"), embedded=EMBEDDED)
SECRETS_KEYS = embedded.fernet_keys(
    embedded.kept_secret(DATA_DIR, "SECRETS_KEYS", env.secret("SECRETS_KEYS"), embedded=EMBEDDED)
)

# Hosts and transport ---------------------------------------------------------------------------------------
DEBUG = env.boolean("DEBUG")
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.listing("CSRF_TRUSTED_ORIGINS")
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0)
# Cookies travel in clear only where the site can be reached from this machine alone.
LOCAL_ONLY = all(env.is_loopback(host.strip("[]")) for host in ALLOWED_HOSTS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL_ONLY
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False  # an open page reads the token that a sign-in in another tab has renewed
CSRF_FAILURE_VIEW = "contacts_ui.shell.errors.csrf_failure"
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_SSL_REDIRECT = True
# Whether other hosts below this one speak https, and whether browsers ship with that, is not ours to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF, CSP.NONCE],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "form-action": [CSP.SELF],
}

# Applications ----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "integrations.security",
    "integrations.workspace",
    "integrations.activity",
    "integrations.connections",
    "integrations.sync",
    "integrations.ghl",
    "integrations.sandbox",
    "contacts_ui",
]
MIDDLEWARE = [
    "contacts_ui.shell.proxies.ForwardedScheme",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "config.static_files.StaticFiles",
    "config.compression.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "contacts_ui.shell.middleware.PrivatePages",
    "contacts_ui.shell.middleware.Presence",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "contacts_ui.shell.open_pages.OpenPages",
    "integrations.security.callouts.CappedCallOuts",
    "contacts_ui.shell.middleware.ViewerZone",
    "contacts_ui.shell.middleware.UnreadableSecrets",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["contacts_ui.templatetags.addresses"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# Database --------------------------------------------------------------------------------------------------
DATABASES = {"default": database.configured(DATABASE_URL, DATA_DIR, wait_seconds=DATABASE_WAIT_SECONDS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People ----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "workspace.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "contacts_ui.sign_in.adapter.InvitedOnlyAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# Anybody may ask for another person's mails; each of them is good for three days.
# Attempts to sign in are counted by address here, and by person and address in the adapter.
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,5/h/key", "login_failed": "10/m/ip"}
MFA_ADAPTER = "integrations.workspace.mfa.EncryptingMFAAdapter"
MFA_FORMS = {
    "authenticate": "integrations.workspace.second_factor.SignInForm",
    "reauthenticate": "integrations.workspace.second_factor.ConfirmForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
# allauth's own generator stores the person's address once more, as unproved, whenever a stranger asks for a reset.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Throughline: "
MAILERS = {"default": env.mailer("EMAIL_URL")}
SENDS_MAIL = bool(env.secret("EMAIL_URL"))
if not SENDS_MAIL:
    # To send none is a choice, and the page for a forgotten password says what to do instead.
    SILENCED_SYSTEM_CHECKS += ["mail.E001"]
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.sender("EMAIL_FROM", "webmaster@localhost")

# Language, time, files ---------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static_files.BundledStaticFiles"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = configure(level=env.text("LOG_LEVEL", "INFO"), as_json=env.boolean("LOG_JSON"))

# Background work ---------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL", "filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT = "config.file_broker:Transport"
    _broker = private.folder(DATA_DIR / "broker")
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker),
        "data_folder_out": str(_broker),
        "control_folder": str(private.folder(DATA_DIR / "broker-control")),
        "polling_interval": 0.1,
    }
else:
    # A broker that hangs must not hang whoever rings: rows say what is due, and the tick rings again.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 600,
        "socket_timeout": 1.0,
        "socket_connect_timeout": 1.0,
        "max_retries": 0,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "background"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_TIMER_PRECISION = 0.2  # a worker that stops waits for its timer for so long
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ROUTES = {
    "integrations.sync.tasks.tick": {"queue": "interactive"},
    "integrations.sync.tasks.check_write": {"queue": "interactive"},
    "integrations.sync.tasks.deliver_write": {"queue": "interactive"},
    "integrations.sync.tasks.fetch": {"queue": "interactive"},
    "integrations.sync.tasks.advance_run": {"queue": "background"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    # expires: ticks that nobody ran while the worker was down must not run in a burst afterwards.
    "tick": {"task": "integrations.sync.tasks.tick", "schedule": 2.0, "options": {"expires": 4}},
}
# Shared by all web processes: sign-in attempts are counted in it, and a count per process would be none.
CACHES = {"default": cache.configured(CELERY_BROKER_URL, DATA_DIR / "cache")}
SYNC_PROVIDERS = {"ghl": "integrations.ghl.provider.GhlProvider"}
SYNC_LEASE_SECONDS = env.number("SYNC_LEASE_SECONDS", 30)
SYNC_SLICE_SECONDS = env.number("SYNC_SLICE_SECONDS", 20)
SYNC_PARALLEL_READS = env.integer("SYNC_PARALLEL_READS", 16, least=1)
SYNC_INTERVAL_SECONDS = env.integer("SYNC_INTERVAL_SECONDS", 300, least=5)
SYNC_NOTES_CYCLE_HOURS = env.integer("SYNC_NOTES_CYCLE_HOURS", 168, least=1)
SYNC_NOTES_ACTIVE_DAYS = env.integer("SYNC_NOTES_ACTIVE_DAYS", 30, least=1)
SYNC_NOTES_ACTIVE_MINUTES = env.integer("SYNC_NOTES_ACTIVE_MINUTES", 120, least=1)
SYNC_NOTES_DAY_PERCENT = env.integer("SYNC_NOTES_DAY_PERCENT", 25, least=1)
SYNC_EVENTS_WAITING = env.integer("SYNC_EVENTS_WAITING", 5000, least=1)
SYNC_KEEP_EVENTS_DAYS = env.integer("SYNC_KEEP_EVENTS_DAYS", 30, least=1)
SYNC_CONTACT_FRESH_SECONDS = env.number("SYNC_CONTACT_FRESH_SECONDS", 60)
SYNC_KEEP_CALLS_DAYS = env.integer("SYNC_KEEP_CALLS_DAYS", 7, least=1)
SYNC_KEEP_RUNS_DAYS = env.integer("SYNC_KEEP_RUNS_DAYS", 90, least=1)
WRITE_UNDO_SECONDS = env.number("WRITE_UNDO_SECONDS", 5)

# GoHighLevel -------------------------------------------------------------------------------------------------
GHL_API_BASE_URL = env.base_url("GHL_API_BASE_URL", "https://services.leadconnectorhq.com")
# The demo's password is public: its people sign in only where GHL is played by this machine.
WORKSPACE_DEMO_PEOPLE = env.is_loopback(urlsplit(GHL_API_BASE_URL).hostname or "")
# Where people work in it: links to a conversation lead there.
GHL_APP_URL = env.base_url("GHL_APP_URL", "https://app.gohighlevel.com")
GHL_AUTHORIZE_URL = env.base_url(
    "GHL_AUTHORIZE_URL", "https://marketplace.gohighlevel.com/v2/oauth/chooselocation"
)
GHL_API_GENERATION = env.choice("GHL_API_GENERATION", "2021-07-28", ("2021-07-28", "v3"))
GHL_CLIENT_ID = env.secret("GHL_CLIENT_ID")
GHL_CLIENT_SECRET = env.secret("GHL_CLIENT_SECRET")
GHL_VERSION_ID = env.text("GHL_VERSION_ID", GHL_CLIENT_ID.partition("-")[0])
GHL_REDIRECT_URI = env.text("GHL_REDIRECT_URI")
# The key of GHL's webhook guide. Whoever plays GHL on this machine signs with another, so it is no default there.
_published = "" if WORKSPACE_DEMO_PEOPLE else "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg="
GHL_WEBHOOK_ED25519_KEYS = env.listing("GHL_WEBHOOK_ED25519_KEYS", _published)
GHL_WEBHOOK_RSA_KEYS = env.listing("GHL_WEBHOOK_RSA_KEYS")
GHL_BURST_LIMIT = env.integer("GHL_BURST_LIMIT", 100, least=1)
GHL_BURST_SECONDS = env.number("GHL_BURST_SECONDS", 10)
GHL_DAILY_LIMIT = env.integer("GHL_DAILY_LIMIT", 200_000, least=1)
GHL_TIMEOUT = env.number("GHL_TIMEOUT", 30)
