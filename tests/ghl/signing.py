"""A signer in GHL's place: keys of its own, and both kinds of signature."""

import json
from base64 import b64encode

from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Signer:
    def __init__(self):
        self.key = ed25519.Ed25519PrivateKey.generate()

    @property
    def der(self):
        return b64encode(
            self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).decode()

    @property
    def pem(self):
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, body):
        return b64encode(self.key.sign(body)).decode()


class LegacySigner(Signer):
    def __init__(self):
        self.key = rsa.generate_private_key(65537, 2048)

    def sign(self, body):
        return b64encode(self.key.sign(body, padding.PKCS1v15(), SHA256())).decode()


def as_body(event):
    """The raw bytes of an event, written as GHL does not: signatures must not depend on the style."""
    return json.dumps(event, indent=1).encode()
