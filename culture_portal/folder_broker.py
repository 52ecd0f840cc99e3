"""Kombu's folder transport for the trial, with messages that appear whole.

Kombu opens a message's file and then writes it: a worker that looks in between reads nothing, cannot make
sense of it and ends.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    # Kombu's own classes do not agree on the names.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """As Kombu names it, so that the oldest is read first."""
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        target = Path(self.data_folder_out, name)
        draft = target.with_name(f"{name}.draft")
        try:
            draft.write_text(dumps(payload), "utf-8")
            draft.replace(target)
        except OSError as error:
            raise ChannelError(f"Cannot add {target} to the queue.") from error


class Transport(filesystem.Transport):
    Channel = Channel
