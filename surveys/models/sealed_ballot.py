from __future__ import annotations

import secrets

from django.db import models

from surveys.models.wave import Wave


def new_ballot_id() -> str:
    return secrets.token_hex(16)


class SealedBallot(models.Model):
    """An answer nobody can read before the close, which opens, counts and deletes it (anonymity.md S1)."""

    id = models.CharField(primary_key=True, max_length=32, default=new_ballot_id)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="ballots")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return self.id
