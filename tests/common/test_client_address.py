"""What is believed of the caller's address: what proxies of ours have written, counted from the right."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from common.client_address import client_address, neighbourhood_of, network_of


def address(settings: Settings, proxies: int, peer: str, forwarded: str | None = None) -> str:
    settings.PORTAL_PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return client_address(RequestFactory(REMOTE_ADDR=peer).get("/", headers=headers))


@pytest.mark.parametrize(
    "forwarded", ["198.51.100.7", "198.51.100.7, 203.0.113.9", "127.0.0.1", "unknown", "", "::1"]
)
def test_without_a_proxy_no_header_is_believed(settings: Settings, forwarded: str) -> None:
    assert address(settings, 0, "192.0.2.1", forwarded) == "192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (1, "203.0.113.9", "203.0.113.9"),
        # What stands on the left was there before the first proxy of ours: the caller wrote it.
        (1, "198.51.100.7, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.7, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::9]:4711", "2001:db8::9"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        # Past a proxy, or nonsense: whoever is connected.
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "unknown", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "203.0.113.9, <script>", "192.0.2.1"),
    ],
)
def test_each_proxy_is_believed_one_place_from_the_right(
    settings: Settings, proxies: int, forwarded: str | None, found: str
) -> None:
    assert address(settings, proxies, "192.0.2.1", forwarded) == found


def test_a_header_sent_twice_counts_as_one(settings: Settings) -> None:
    """A server joins them in their order, so that the last entry is still the proxy's."""
    assert address(settings, 1, "192.0.2.1", "198.51.100.7,203.0.113.9") == "203.0.113.9"


def test_a_server_on_a_socket_names_nobody(settings: Settings) -> None:
    assert address(settings, 0, "") == ""
    assert address(settings, 1, "", "203.0.113.9") == "203.0.113.9"


@pytest.mark.parametrize(
    ("one", "network", "neighbourhood"),
    [
        ("203.0.113.9", "203.0.113.9", "203.0.113.x"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::x"),
        ("::ffff:203.0.113.9", "203.0.113.9", "203.0.113.x"),
        ("fe80::1%eth0", "fe80::/64", "fe80::x"),
        ("", "", ""),
        ("nowhere", "", ""),
    ],
)
def test_networks_are_what_one_subscriber_holds(one: str, network: str, neighbourhood: str) -> None:
    assert (network_of(one), neighbourhood_of(one)) == (network, neighbourhood)
