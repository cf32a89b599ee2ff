"""An authenticator app as a test holds it: its clock and the server's stand still, so no code grows old."""

from types import SimpleNamespace

from allauth.mfa.totp.internal import auth

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = SimpleNamespace(time=lambda: 1_800_000_000)


def stop_clock(monkeypatch):
    """For the test that `monkeypatch` belongs to."""
    monkeypatch.setattr(auth, "time", NOON)


def code_now():
    """What the app shows."""
    return auth.format_hotp_value(auth.hotp_value(SECRET, next(auth.yield_hotp_counters_from_time())))
