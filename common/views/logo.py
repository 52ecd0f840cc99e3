from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.access import public
from common.models import Organisation


@require_safe
@public
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """The picture of this digest, and never another: a browser may keep it for ever."""
    found = Organisation.objects.filter(logo_digest=digest, logo__isnull=False).values_list("logo", flat=True)
    png = found.first()
    if png is None:
        raise Http404
    response = HttpResponse(bytes(png), content_type="image/png")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
