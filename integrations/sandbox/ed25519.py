"""Ed25519 signatures in plain Python, after RFC 8032: a few milliseconds each, enough for a stand-in's webhooks.

Not for anything that must stay secret: it takes no care about timing.
"""

from base64 import b64encode
from hashlib import sha512

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")  # what a DER public key of this kind begins with

type _Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T


def public_key_der(seed: bytes) -> str:
    """The public key of a 32-byte seed as base64 of its DER form (SPKI)."""
    return b64encode(_SPKI_PREFIX + _public(seed)).decode()


def sign(seed: bytes, message: bytes) -> str:
    """The signature in base64."""
    scalar, prefix = _expand(seed)
    nonce = int.from_bytes(sha512(prefix + message).digest(), "little") % _L
    commitment = _compress(_multiply(nonce, _BASE))
    challenge = int.from_bytes(sha512(commitment + _public(seed) + message).digest(), "little") % _L
    response = (nonce + challenge * scalar) % _L
    return b64encode(commitment + response.to_bytes(32, "little")).decode()


def _public(seed: bytes) -> bytes:
    return _compress(_multiply(_expand(seed)[0], _BASE))


def _expand(seed: bytes) -> tuple[int, bytes]:
    digest = sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    return scalar, digest[32:]


def _add(first: _Point, second: _Point) -> _Point:
    a = (first[1] - first[0]) * (second[1] - second[0]) % _P
    b = (first[1] + first[0]) * (second[1] + second[0]) % _P
    c = 2 * first[3] * second[3] * _D % _P
    d = 2 * first[2] * second[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(scalar: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point, scalar = _add(point, point), scalar >> 1
    return result


def _compress(point: _Point) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _base() -> _Point:
    y = 4 * pow(5, _P - 2, _P) % _P
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if x & 1:
        x = _P - x
    return x, y, 1, x * y % _P


_BASE = _base()
