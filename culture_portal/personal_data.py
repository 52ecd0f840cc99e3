"""What the portal holds on whoever is signed in, for themselves."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from common import audit
from common.access import signed_in
from culture_portal.signing_in.confirming import confirmed_lately, is_confirmed
from people.domain.downloading import About, collect, person_only, register, table, zip_response
from people.requests import AuthedRequest


@require_safe
@signed_in
@confirmed_lately
def your_data(request: AuthedRequest) -> HttpResponse:
    """How much of what, and the button for all of it."""
    return render(request, "culture_portal/your_data.html", {"held": collect(request.user)})


@require_POST
@signed_in
def your_data_download(request: AuthedRequest) -> HttpResponse:
    if not is_confirmed(request):
        # The page with the button asks who it is; this address has no page to come back to.
        return redirect("your-data")
    with transaction.atomic():
        audit.record(by=request.user, action="person.data_downloaded", obj=request.user)
        return zip_response(request.user, timezone.now())


def register_parts() -> None:
    """Of what only the project knows."""
    register(
        table(
            "second_factor",
            _("Your second factor"),
            {"type": _("kind"), "created_at": _("since"), "last_used_at": _("last used")},
            of=person_only(lambda person: Authenticator.objects.filter(user=person)),
            model=Authenticator,
            through=("user",),
            about=About.SIGNING_IN,
        )
    )
