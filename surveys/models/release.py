"""What is published of an anonymous wave: made once, at close, from groups that are all big enough."""

from __future__ import annotations

import secrets

from django.db import models

from surveys.models.wave import Wave


def new_comment_id() -> str:
    return secrets.token_hex(16)


class Atom(models.Model):
    """A set of at least k respondents to one question; only unions of atoms are ever shown.

    ``home_code`` is the deepest group that holds the whole atom; ``breakdown_value`` is set where the wave's
    breakdown could be crossed with it.
    """

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="atoms")
    question_key = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    home_code = models.PositiveIntegerField()
    breakdown_value = models.CharField(max_length=120, blank=True)
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wave", "question_key", "number"], name="atom_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id}/{self.question_key}/{self.number}"


class ReleasedCount(models.Model):
    """How many of an atom chose an option."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="released_counts")
    question_key = models.CharField(max_length=80)
    atom_number = models.PositiveIntegerField()
    option = models.CharField(max_length=40)
    n = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wave", "question_key", "atom_number", "option"],
                name="released_count_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id}/{self.question_key}/{self.atom_number}/{self.option}"


class Comment(models.Model):
    """Somebody's words, tied to a group of at least 10 and to nothing else."""

    id = models.CharField(primary_key=True, max_length=32, default=new_comment_id)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="comments")
    question_key = models.CharField(max_length=80)
    group_code = models.PositiveIntegerField()
    text = models.TextField()
    withheld = models.BooleanField(default=False)

    class Meta:
        indexes = [
            # The comments of one group on the results page.
            models.Index(fields=["wave", "group_code", "question_key"], name="comment_of_group"),
        ]

    def __str__(self) -> str:
        return self.id
