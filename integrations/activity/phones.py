"""Reads telephone numbers as people write them: compared by their digits, shown in one format, dialled. Pure."""

import re
from functools import lru_cache

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    ValidationResult,
    country_code_for_region,
    format_number,
    is_possible_number_with_reason,
    national_significant_number,
    ndd_prefix_for_region,
    parse,
    region_code_for_country_code,
)

from integrations.activity.folding import folded

LONGEST = 64  # beyond it no telephone takes it, and it is shown as it was sent
_NO_DIGIT = re.compile(r"[^0-9]")
NATIONAL = PhoneNumberFormat.NATIONAL
# From the first letter or mark on that no number has: "ext. 23", "x23", "#23".
_EXTENSION = re.compile(r"[^0-9+\s()./-].*", re.DOTALL)


def digits(text: str) -> str:
    """The plain digits of a text, in whichever script they are written."""
    return _NO_DIGIT.sub("", _plain(text))


def _plain(text: str) -> str:
    """The text with all digits those of ASCII, and without signs nobody sees around them."""
    if text.isascii():
        return text
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in folded(text).strip())


def spellings(phone: str, country: str = "") -> list[str]:
    """The digits that a number is found by: as sent, with its country, and as dialled inside it."""
    number = _read(phone, country)
    if number is None:
        return _apart([digits(phone)])
    at_home = _trunk(number.country_code or 0) + national_significant_number(number)
    return _apart([digits(_EXTENSION.sub("", _plain(phone))), _abroad(number), at_home, number.extension or ""])


def typed(number: str) -> list[str]:
    """The digits of a number, or of part of one, that somebody looks for: all, and those that count abroad."""
    # 00 is how most of the world dials what + stands for; "(0)" is dialled at home only.
    abroad = re.sub(r"^\s*00", "+", number)
    read = _read(abroad, "") if abroad.strip().startswith("+") else None
    return list(dict.fromkeys(filter(None, [digits(number), _abroad(read) if read else ""])))


def shown(phone: str, country: str = "", home: str = "") -> str:
    """The number as `home` writes it: its own without their country, others with it; as sent where it is none."""
    number = _read(phone, country or home)
    if number is None:
        return phone
    is_of_home = home and number.country_code == country_code_for_region(home)
    return format_number(number, NATIONAL if is_of_home else PhoneNumberFormat.INTERNATIONAL)


def is_possible(phone: str, country: str = "") -> bool:
    """Whether a telephone network could have such a number."""
    return _read(phone, country) is not None


def dialled(phone: str, country: str = "") -> str:
    """What follows `tel:`: the number, then a comma, at which telephones wait, and the extension; "" for none."""
    if number := _read(phone, country):
        main, extension = f"+{_abroad(number)}", number.extension
    else:
        sent = _EXTENSION.sub("", _plain(phone)).strip()
        main, extension = "+" * sent.startswith("+") + digits(sent), digits(_plain(phone)[len(sent) :])
    return f"{main},{extension}" if extension and digits(main) else main if digits(main) else ""


@lru_cache(maxsize=4096)
def _read(phone: str, country: str) -> PhoneNumber | None:
    """The number, or None for what is none, or lacks its area."""
    if not phone or len(phone) > LONGEST:
        return None
    try:
        number = parse(phone, country or None)
    except NumberParseException:
        return None
    return number if is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE else None


def _abroad(number: PhoneNumber) -> str:
    """All digits with the country's, without the extension's."""
    return f"{number.country_code}{national_significant_number(number)}"


@lru_cache
def _trunk(country_code: int) -> str:
    """What is dialled before a number inside its country, such as the 0 of Britain."""
    return ndd_prefix_for_region(region_code_for_country_code(country_code), True) or ""


def _apart(forms: list[str]) -> list[str]:
    """Each once, without those that stand inside another one."""
    kept: list[str] = []
    for form in sorted(set(filter(None, forms)), key=lambda one: (-len(one), one)):
        if not any(form in other for other in kept):
            kept.append(form)
    return kept
