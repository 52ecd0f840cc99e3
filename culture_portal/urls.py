from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from django.urls import include, path, re_path
from django.views.decorators.http import require_http_methods

from common.access import public, signed_in
from culture_portal import health, metrics
from culture_portal.personal_data import your_data, your_data_download
from culture_portal.signing_in.middleware import before_second_factor
from culture_portal.signing_in.throttling import limited_resets
from culture_portal.signing_in.views import security
from culture_portal.views import home, more

# Allauth's views would take any method.
form_page = require_http_methods(["GET", "HEAD", "POST"])

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("readyz/pages", health.readyz, {"parts": health.PAGES}, name="readyz-pages"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", home, name="home"),
    path("more/", more, name="more"),
    path("account/data/", your_data, name="your-data"),
    path("account/data/download/", your_data_download, name="your-data-download"),
    # Of allauth only what is used: no sign-up, no change of address by oneself.
    path("sign-in/", form_page(public(account_views.login)), name="account_login"),
    path("sign-in/code/", form_page(public(mfa_views.authenticate)), name="mfa_authenticate"),
    path("sign-in/inactive/", form_page(public(account_views.account_inactive)), name="account_inactive"),
    path("sign-out/", form_page(public(account_views.logout)), name="account_logout"),
    path(
        "account/again/code/",
        form_page(signed_in(before_second_factor(mfa_views.reauthenticate))),
        name="mfa_reauthenticate",
    ),
    path("account/again/", security.confirm, name="account_reauthenticate"),
    path("password/change/", security.password_change, name="account_change_password"),
    path(
        "password/reset/",
        form_page(public(limited_resets(account_views.password_reset))),
        name="account_reset_password",
    ),
    path(
        "password/reset/done/",
        form_page(public(account_views.password_reset_done)),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        form_page(public(account_views.password_reset_from_key)),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        form_page(public(account_views.password_reset_from_key_done)),
        name="account_reset_password_from_key_done",
    ),
    path("", include("culture_portal.signing_in.urls")),
    path("", include("people.urls")),
    path("", include("customers.urls")),
    path("", include("notifications.urls")),
    path("", include("surveys.urls")),
    path("", include("common.urls")),
]

handler400 = "culture_portal.error_pages.bad_request"
handler403 = "culture_portal.error_pages.permission_denied"
handler404 = "culture_portal.error_pages.page_not_found"
handler500 = "culture_portal.error_pages.server_error"
