"""Addresses of servers: which may be asked, and what is the same server.

Only https, but for a server on this machine itself. A token goes to the server that the user
named and to no other; what a redirect leads to elsewhere is asked without it, and only where the
caller expects that (GitHub keeps build logs on another host).
"""

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from byline.errors import UsageError

PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True)
class Server:
    """Scheme, host and port: who is asked."""

    scheme: str
    host: str
    port: int

    @property
    def here(self) -> bool:
        """Whether it is this machine."""
        if self.host == "localhost":
            return True
        address = _literal(self.host)
        return address is not None and address.is_loopback

    @property
    def inward(self) -> bool:
        """Whether its host is written as an address that is not of the open network."""
        address = _literal(self.host)
        return self.here or (address is not None and not address.is_global)


def server_of(url: str) -> Server:
    """The server of an address.

    Raises:
        UsageError: It is no https address, or holds a user, or is not one at all.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(f"{url!r} is no address of a server: {error}") from error
    host = (parts.hostname or "").lower()
    plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in PORTS or not host or not plain:
        raise UsageError(f"{url!r} is no address of a server", advice="write https://host/path")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"the address of {host} holds a user or a password",
            advice="put it into an environment variable, and name that with --token-variable",
        )
    server = Server(parts.scheme, host, port or PORTS[parts.scheme])
    if server.scheme == "http" and not server.here:
        raise UsageError(
            f"{url!r} is not encrypted, and a token would travel readably", advice="use https://"
        )
    return server


def target_of(url: str) -> str:
    """Path and query of an address, as they go on the wire."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
