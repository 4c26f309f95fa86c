"""Why a signature proves nothing."""

from byline.errors import InputError


class SignatureError(InputError):
    """A signature is malformed, or does not verify."""


class UnsupportedSignatureError(SignatureError):
    """A signature may be good, but not by anything that is checked here."""
