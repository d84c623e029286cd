"""Internal hosts: requests to them must not be caused by URLs from outside (server-side request forgery)."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_NAMES = ("localhost", "local", "internal", "intranet", "lan", "corp", "home", "home.arpa", "test", "invalid", "onion")
"""Domains that the public DNS never delegates (RFC 6761, 6762, 8375, 7686; ICANN board resolutions for the others)."""

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052)."""


def is_internal(host: str) -> bool:
    """Whether `host`, a name or an address as a URL holds it, is private, loopback, link-local or otherwise not public.

    Addresses are parsed in every notation that resolvers accept ("127.1", "0x7f000001"). Names are not resolved; those
    without a dot are internal, and so is text that is no valid host.
    """
    try:
        name = host.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:
        return True
    address = _address(name)
    if address is not None:
        return not address.is_global or address.is_multicast
    return "." not in name or any(name.endswith(f".{each}") for each in _NAMES)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return _short_ipv4(host)
    return address if isinstance(address, IPv4Address) else _embedded(address) or address


def _short_ipv4(host: str) -> IPv4Address | None:
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that `address` embeds, if any."""
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
