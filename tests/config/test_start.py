"""Wrong or missing settings are refused at start, by the name of the variable."""

import os
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests import warm

ROOT = Path(__file__).parents[2]
KEY = Fernet.generate_key().decode()


def start(tmp_path, *command, **settings):
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), "ENV_FILE": os.devnull, **settings}
    return warm.run(command or ("manage.py", "check"), cwd=ROOT, env=env)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GHL_API_BASE_URL", "http://api.example.com"),
        ("GHL_AUTHORIZE_URL", "not an address"),
        ("GHL_API_GENERATION", "v9"),
        ("GHL_BURST_LIMIT", "many"),
        ("GHL_BURST_LIMIT", "0"),
        ("GHL_TIMEOUT", "-1"),
        ("GHL_DAILY_LIMIT", "1.5"),
        ("DEBUG", "perhaps"),
        ("TRUSTED_PROXIES", "x"),
        ("EMAIL_URL", "mail.example.com"),
        ("EMAIL_URL", "smtp://mail.example.com:99999"),
        ("EMAIL_FROM", "Throughline"),
        ("EMAIL_FROM", "a@example.com, b@example.com"),
        ("EMAIL_FROM", "Throughline <a@example.com"),
        ("EMAIL_FROM", "Through\nline <a@example.com>"),
        ("EMAIL_FROM", "Throughline <a@example.com>\nBcc: <b@example.com>"),
        ("SECRET_KEY_FILE", "/nowhere/at/all"),
        ("SECRETS_KEYS", "not-a-key"),
        ("DATABASE_URL", "nonsense"),
        ("GHL_WEBHOOK_ED25519_KEYS", "nonsense"),
        ("GHL_WEBHOOK_RSA_KEYS", "MCowBQYDK2VwAyEAi2HR1srL4o18O8BRa7gVJY7G7bupbN3H9AwJrHCDiOg="),
        ("SYNC_EVENTS_WAITING", "0"),
        ("SYNC_EVENTS_WAITING", "9" * 5000),
        ("SYNC_LEASE_SECONDS", "nan"),
        ("GHL_TIMEOUT", "inf"),
        ("GHL_API_BASE_URL", "https://[bad"),
        ("GHL_API_BASE_URL", "https://api.example.com:99999"),
        ("EMAIL_URL", "smtp://mail.example.com:0"),
        ("EMAIL_URL", "smtp://mail.example.com:submission"),
        ("CELERY_BROKER_URL", "nonsense"),
        ("CELERY_BROKER_URL", "http://127.0.0.1:6379"),
        ("CELERY_BROKER_URL", "redis://127.0.0.1:99999/0"),
        ("CELERY_BROKER_URL", "redis://:password@/0"),
        ("DATABASE_URL", "mysql://host/name"),
        ("DATABASE_URL", "postgres://host:99999/name"),
        ("DATABASE_URL", "postgres://host/"),
        ("DATABASE_URL", "sqlite://:memory:"),
        ("DATABASE_URL", "file:///nowhere"),
        ("SECRET_KEY_FILE", sys.executable),
        ("ENV_FILE", "/nowhere/at/all"),
        ("DATA_DIR", "/dev/null/below"),
        ("DATA_DIR", sys.executable),
        ("DATA_DIR", "/"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(tmp_path, name, value):
    done = start(
        tmp_path, **{name: value, **({"SECRET_KEY": "x", "SECRETS_KEYS": ""} if name == "DATABASE_URL" else {})}
    )

    assert done.returncode == 1
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1 or "SystemCheckError" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_URL"])
def test_a_wrong_address_is_refused_without_its_password(tmp_path, name):
    done = start(tmp_path, **{name: "ftp://me:hunter2@host:99999/x", "SECRET_KEY": "x", "SECRETS_KEYS": KEY})

    assert (done.returncode, name in done.stderr, "hunter2" in done.stderr) == (1, True, False)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "SECRETS_KEYS"])
def test_with_a_database_of_its_own_a_server_needs_its_own_keys(tmp_path, missing):
    keys = {"SECRET_KEY": "x" * 60, "SECRETS_KEYS": Fernet.generate_key().decode()} | {missing: ""}

    done = start(tmp_path, DATABASE_URL="postgres://nobody@127.0.0.1:1/none", **keys)

    assert done.returncode == 1
    assert f"{missing} must be set" in done.stderr


def test_the_embedded_set_up_makes_its_keys_once_and_keeps_them_to_itself(tmp_path):
    start(tmp_path)
    files = [tmp_path / "data" / name for name in ("secret_key", "secrets_keys")]
    made = [path.read_text() for path in files]

    start(tmp_path)

    assert [path.read_text() for path in files] == made
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600, 0o600]


def test_a_made_key_fits_its_purpose(tmp_path):
    made = start(tmp_path, "-m", "config.embedded", "SECRETS_KEYS").stdout.strip()

    assert Fernet(made)


def test_a_secret_may_live_in_a_file(tmp_path):
    path = tmp_path / "key"
    path.write_text(Fernet.generate_key().decode() + "\n")

    assert start(tmp_path, SECRETS_KEYS_FILE=str(path)).returncode == 0


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ({}, 1),
        ({"GHL_API_BASE_URL": "http://127.0.0.1:9"}, 0),
        ({"GHL_API_BASE_URL": "http://127.0.0.1:9", "GHL_WEBHOOK_ED25519_KEYS": "a,b"}, 2),
    ],
)
def test_the_published_key_is_no_default_for_whoever_plays_ghl_on_this_machine(tmp_path, settings, keys):
    code = "from config import settings; print(len(settings.GHL_WEBHOOK_ED25519_KEYS))"

    assert start(tmp_path, "-c", code, **settings).stdout.strip() == str(keys)


@pytest.mark.parametrize("sender", ["a@example.com", "Throughline <a@example.com>", "<a@example.com>"])
def test_mail_has_a_server_and_a_sender(tmp_path, sender):
    mail = {"EMAIL_URL": "smtp+ssl://me:p%40ss@mail.example.com", "EMAIL_FROM": sender}
    code = (
        "from config import settings as s; o = s.MAILERS['default']['OPTIONS'];"
        "assert s.DEFAULT_FROM_EMAIL == s.SERVER_EMAIL;"
        "print(s.DEFAULT_FROM_EMAIL, o['port'], o['password'], s.SENDS_MAIL)"
    )

    assert start(tmp_path, "-c", code, **mail).stdout.split("\n")[0] == f"{sender} 465 p@ss True"
    assert "workspace.W001" not in start(tmp_path, **mail).stderr


def test_mail_without_a_sender_is_warned_about(tmp_path):
    assert "EMAIL_FROM" in start(tmp_path, EMAIL_URL="smtp://mail.example.com").stderr
    assert "EMAIL_FROM" not in start(tmp_path).stderr


def test_without_a_mail_server_a_mail_reaches_no_output(tmp_path):
    code = (
        "import django; django.setup(); from django.core.mail import EmailMessage;"
        "EmailMessage('Reset', 'https://example.com/secret-link/', to=['a@example.com']).send()"
    )
    done = start(tmp_path, "-c", code, DJANGO_SETTINGS_MODULE="config.settings")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


DOCUMENTED = {
    "ALLOWED_HOSTS": "throughline.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://throughline.example.com",
    "TRUSTED_PROXIES": "1",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    "EMAIL_FROM": "Throughline <mail@example.com>",
    "GHL_CLIENT_ID": "app-1",
    "GHL_CLIENT_SECRET": "secret",
    "GHL_REDIRECT_URI": "https://throughline.example.com/integrations/oauth/callback/",
}


@pytest.mark.parametrize("without", [set(), {"EMAIL_URL", "EMAIL_FROM"}], ids=["with mail", "without mail"])
def test_the_documented_settings_pass_the_check_of_a_deployment(tmp_path, without):
    settings = {name: value for name, value in DOCUMENTED.items() if name not in without}

    done = start(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **settings)

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_a_site_without_a_proxy_in_front_is_told_about_https(tmp_path):
    settings = {name: value for name, value in DOCUMENTED.items() if name != "TRUSTED_PROXIES"}

    done = start(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **settings)

    assert done.returncode == 1
    assert "SECURE_SSL_REDIRECT" in done.stderr
