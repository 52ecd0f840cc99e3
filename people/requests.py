from django.http import HttpRequest

from people.models import Person


class AuthedRequest(HttpRequest):
    """A request behind the login: its user is a Person. (The middleware saw to it; this is for the type checker.)"""

    user: Person  # type: ignore[assignment]
