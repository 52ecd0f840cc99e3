"""Somebody's e-mail address becomes another one: what is kept by the address alone comes along.

The storeys above register what that is, once, in ``AppConfig.ready()``:

    moving.register(take_wishes_along)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

# From the former address to the new one, of any number of people; two may swap theirs.
Addresses = Mapping[str, str]
Follower = Callable[[Addresses], None]
_followers: list[Follower] = []


def register(follower: Follower) -> None:
    """Called in the transaction of the change; set-wise."""
    if follower not in _followers:
        _followers.append(follower)


def follow(addresses: Addresses) -> None:
    moved = {former: new for former, new in addresses.items() if former != new}
    if moved:
        for follower in _followers:
            follower(moved)
