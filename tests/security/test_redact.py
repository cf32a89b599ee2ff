"""What is logged or stored as error text has no secrets and no people in it."""

import pytest

from integrations.security.redact import redact


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bearer abcdef123456 refused", "Bearer [token] refused"),
        ("pit-8e3190f6-b81c-c9df is void", "[token] is void"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.c2ln expired", "[token] expired"),
        ("refresh_token=r-123456&x=1", "refresh_token=[secret]&x=1"),
        ('{"access_token": "a-123456"}', '{"access_token": "[secret]"}'),
        ("GET /callback/?code=abcd1234&state=efgh5678", "GET /callback/?code=[secret]&state=[secret]"),
        (
            "Too Many Requests: /account/password/reset/key/4-d5xabc-0a1b2c3d4e/",
            "Too Many Requests: /account/password/reset/key/[secret]/",
        ),
        ("ann@cedar.example called", "[email] called"),
        ("call +1 212 555 0199 or (212) 555-0199", "call [phone] or [phone]"),
    ],
)
def test_secrets_and_people_become_words_in_brackets(text, expected):
    assert redact(text) == expected


@pytest.mark.parametrize(
    "text", ["Run 12 read 2026-11-21 in 1.5 s", "contact LCI3RxH9KUK7ZIAbEzOi", "12,907 of 200,000"]
)
def test_ids_dates_and_counts_stay(text):
    assert redact(text) == text
