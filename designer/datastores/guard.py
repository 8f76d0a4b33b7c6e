"""No store of a server may lead to addresses that only the machine itself should reach: link-local ones, among which cloud
providers keep the credentials of the machine.

It looks at every connection when it is made, so redirects and names that change their address are seen too.
"""

import ipaddress
import socket

from designer.datastores.problems import StoreProblem

METADATA = frozenset({"fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"})
"""Addresses of metadata services that are not link-local."""


def is_forbidden(address: str) -> bool:
    """Whether an IP address is one that no store may lead to."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return found.is_link_local or found.is_multicast or found.is_unspecified or str(found) in METADATA


def install() -> None:
    """Refuse connections of this process to such addresses, from now on."""
    plain, careful = socket.socket.connect, socket.socket.connect_ex

    def look(address: object) -> None:
        if isinstance(address, tuple) and is_forbidden(str(address[0])):
            raise StoreProblem(
                "forbidden_address", f"The address {address[0]} is not allowed: it is the machine's own network.",
                "Name another host, or allow it with DESIGNER_ALLOW_LINK_LOCAL.",
            )  # fmt: skip

    def connect(self: socket.socket, address: object) -> None:
        look(address)
        plain(self, address)  # type: ignore[arg-type]

    def connect_ex(self: socket.socket, address: object) -> int:
        look(address)
        return careful(self, address)  # type: ignore[arg-type]

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign, assignment]
