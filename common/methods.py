"""Methods of HTTP that views answer, where Django has no name for the set."""

from __future__ import annotations

from django.views.decorators.http import require_http_methods

# A page with a form: to look at, and to send.
form_methods = require_http_methods(["GET", "HEAD", "POST"])
