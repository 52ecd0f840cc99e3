from __future__ import annotations

from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    """A channel of the trial's broker, in folders of its own."""
    folders = {name: str(tmp_path / name) for name in ("queue", "processed", "control")}
    for folder in folders.values():
        Path(folder).mkdir()
    options = {
        "data_folder_in": folders["queue"],
        "data_folder_out": folders["queue"],
        "processed_folder": folders["processed"],
        "control_folder": folders["control"],
    }
    # By its own name: "filesystem" stands for it only where that is the broker.
    with Connection(
        "localhost", transport="culture_portal.folder_broker:Transport", transport_options=options
    ) as connection:
        yield connection.default_channel


class Looked:
    """Makes somebody look into the queue while it is written."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.found: list[Any] = []

    def __json__(self) -> str:
        try:
            self.found.append(self.channel._get("walks"))
        except Empty:
            self.found.append(None)
        return "whole"


def test_a_worker_never_finds_half_a_message(channel: Any) -> None:
    message = Looked(channel)
    channel._put("walks", {"body": message})
    assert message.found == [None]
    assert channel._get("walks") == {"body": "whole"}


def test_the_oldest_message_comes_first(channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for second in (5.0, 6.0):
        monkeypatch.setattr("culture_portal.folder_broker.time.monotonic", lambda second=second: second)
        channel._put("walks", {"body": second})
    assert [channel._get("walks")["body"] for _ in range(2)] == [5.0, 6.0]
