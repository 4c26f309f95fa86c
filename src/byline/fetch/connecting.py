"""Connections to a server, and who asks there."""

import http.client
import ssl
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from byline.fetch.address import Server


@dataclass(frozen=True)
class Credentials:
    """What is sent to say who asks; never shown.

    Attributes:
        token: The secret; empty: nobody in particular.
        scheme: bearer | basic (``user:password``) | private (GitLab's own header).
    """

    token: str = field(default="", repr=False)
    scheme: str = "bearer"

    def headers(self) -> dict[str, str]:
        """The header to send with requests to the one server."""
        if not self.token:
            return {}
        if self.scheme == "basic":
            return {"Authorization": f"Basic {b64encode(self.token.encode()).decode()}"}
        if self.scheme == "private":
            return {"PRIVATE-TOKEN": self.token}
        return {"Authorization": f"Bearer {self.token}"}


def connect(server: Server, *, timeout: float) -> http.client.HTTPConnection:
    """A connection, through the proxy that the environment names (HTTPS_PROXY, NO_PROXY)."""
    if server.scheme == "http":
        return http.client.HTTPConnection(server.host, server.port, timeout=timeout)
    context = ssl.create_default_context()
    proxy = urllib.request.getproxies().get("https", "")
    if not proxy or urllib.request.proxy_bypass(server.host):
        return http.client.HTTPSConnection(
            server.host, server.port, timeout=timeout, context=context
        )
    through = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    connection = http.client.HTTPSConnection(
        through.hostname or "", through.port or 3128, timeout=timeout, context=context
    )
    headers = {}
    if through.username is not None:
        secret = f"{through.username}:{through.password or ''}".encode()
        headers["Proxy-Authorization"] = f"Basic {b64encode(secret).decode()}"
    connection.set_tunnel(server.host, server.port, headers)
    return connection
