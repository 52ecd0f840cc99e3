"""Where a request comes from, as far as it can be known.

``X-Forwarded-For`` is what a caller says, with one entry added on the right by each proxy. So the entry that
counts is the one ``PORTAL_PROXY_COUNT`` places from the right; with no proxy the header is not read.
"""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(request: HttpRequest) -> str:
    """The caller's address, without port; empty where the server names none (a socket without a proxy)."""
    peer = _parse(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.PORTAL_PROXY_COUNT
    if proxies:
        entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        # Fewer entries than proxies: it came past one of them, so nothing in the header is theirs.
        forwarded = _parse(entries[-proxies]) if len(entries) >= proxies else None
        peer = forwarded or peer
    return str(peer) if peer else ""


def network_of(address: str) -> str:
    """What one subscriber holds: an IPv4 address, or the first half of an IPv6 one."""
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((parsed, 64), strict=False))
    return str(parsed) if parsed else ""


def neighbourhood_of(address: str) -> str:
    """Enough to recognise one's office or home by, and no more: ``"203.0.113.x"``, ``"2001:db8:1::x"``."""
    parsed = _parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return f"{ipaddress.IPv6Network((parsed, 48), strict=False).network_address}x"
    return f"{str(parsed).rpartition('.')[0]}.x" if parsed else ""


def _parse(text: str) -> Address | None:
    """Some proxies add the port: ``192.0.2.1:4711``, ``[2001:db8::1]:4711``."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # An IPv4 caller on a socket for both.
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed
