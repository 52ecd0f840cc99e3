"""Somebody signed in, and the pages of surveys by name."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from people.models import Person


def browser_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def post(browser: Client, name: str, *args: object, **data: Any) -> Any:
    return browser.post(reverse(f"surveys:{name}", args=args), data)


def get(browser: Client, name: str, *args: object) -> Any:
    return browser.get(reverse(f"surveys:{name}", args=args))
