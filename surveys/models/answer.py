"""Answers by name: identified waves only. Anonymous waves never come near these tables."""

from __future__ import annotations

from django.db import models

from surveys.models.invitation import Invitation
from surveys.models.wave import Wave

# In place of words that were taken out: how many wrote something is a figure, and stays.
TAKEN_OUT = "…"


class ResponseQuerySet(models.QuerySet["Response"]):
    def with_respondent(self) -> ResponseQuerySet:
        """With who sent it and every answer, in three statements however many."""
        return self.select_related(
            "invitation__person", "invitation__contact__organisation", "invitation__subject"
        ).prefetch_related("answers")


class Response(models.Model):
    invitation = models.OneToOneField(Invitation, on_delete=models.CASCADE, related_name="response")
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="responses")
    submitted_at = models.DateTimeField()

    objects = ResponseQuerySet.as_manager()

    class Meta:
        indexes = [
            # The list of named answers, newest first.
            models.Index(fields=["wave", "-submitted_at", "-id"], name="response_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.wave_id}/{self.pk}"


class Answer(models.Model):
    """One option chosen, or one text. A question with several choices has a row for each.

    ``question_key`` names an item (``Question.items``). Of a number or a day the option is the band, and
    the text is what was typed.
    """

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="answers")
    question_key = models.CharField(max_length=80)
    option = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "question_key", "option"], name="answer_once"),
        ]
        indexes = [
            # Figures of an identified wave: counts by question and option.
            models.Index(fields=["question_key", "option", "response"], name="answer_counts"),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}/{self.question_key}"
