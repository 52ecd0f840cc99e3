from django.http import HttpRequest

from people.models import Person


class AuthedRequest(HttpRequest):
    """A request behind the login, which the middleware saw to: its user is a Person."""

    user: Person
