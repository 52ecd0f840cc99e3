"""What the unsubscribe link of a mail opens. A GET changes nothing: mail scanners follow links."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from common.access import public
from notifications.categories import DIGEST
from notifications.domain.opting_out import opt_in, opt_out, read_token
from notifications.models import OptOut
from people.models import Person


# Mail programs post here on the reader's behalf, without our cookie: the token says who and what (RFC 8058).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@public
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask, and on POST do it at once; one posted twice is as good as one posted once."""
    wish = read_token(token)
    if wish is None:
        return render(request, "notifications/unsubscribe_expired.html", status=404)
    if request.method == "POST":
        opt_out(wish)
    return _page(request, wish, token, done=request.method == "POST")


@csrf_exempt  # the page before it came without a cookie
@require_POST
@public
def resubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Undo."""
    wish = read_token(token)
    if wish is None:
        return render(request, "notifications/unsubscribe_expired.html", status=404)
    opt_in(wish)
    return _page(request, wish, token, undone=True)


def _page(
    request: HttpRequest, wish: OptOut, token: str, *, done: bool = False, undone: bool = False
) -> HttpResponse:
    context = {
        "address": wish.address,
        "token": token,
        "done": done,
        "undone": undone,
        "digest": wish.category == DIGEST,
        # Somebody outside has no page to choose on.
        "can_choose": Person.objects.active().filter(email=wish.address).exists(),
    }
    return render(request, "notifications/unsubscribe.html", context)
