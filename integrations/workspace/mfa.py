"""Encrypts the secrets of a second factor: in clear, a stolen database would sign in as anybody."""

from allauth.mfa.adapter import DefaultMFAAdapter

from integrations.security import crypto
from integrations.security.rotation import is_ciphertext


class EncryptingMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """allauth hands over each secret on its way into the database and back."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This code is not correct. Enter the one that your app shows now.",
    }

    def encrypt(self, text: str) -> str:
        """The secret under the first key of SECRETS_KEYS."""
        return crypto.cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret in clear; one stored before secrets were encrypted is, until the keys are rotated.

        Raises SecretUnreadableError when no key fits.
        """
        return crypto.decrypt(encrypted_text) if is_ciphertext(encrypted_text) else encrypted_text
