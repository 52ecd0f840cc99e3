from django.urls import path

from culture_portal.signing_in.views import openid, second_factor, security

app_name = "signing_in"
urlpatterns = [
    # Strangers
    path("sign-in/openid/", openid.openid_begin, name="openid-begin"),
    path("sign-in/openid/back/", openid.openid_callback, name="openid-callback"),
    # Oneself
    path("account/security/", security.security, name="security"),
    path("account/security/address/", security.address_change, name="address-change"),
    path("account/security/address/<str:token>/", security.address_confirm, name="address-confirm"),
    path("account/security/sessions/<int:pk>/end/", security.session_end, name="session-end"),
    path("account/security/sessions/end-others/", security.session_end_others, name="session-end-others"),
    path("account/second-factor/", second_factor.overview, name="second-factor"),
    path("account/second-factor/add/", second_factor.add, name="second-factor-add"),
    path("account/second-factor/remove/", second_factor.remove, name="second-factor-remove"),
    path("account/second-factor/codes/", second_factor.recovery_codes, name="recovery-codes"),
    path(
        "account/second-factor/codes/recovery-codes.txt",
        second_factor.recovery_codes_text,
        name="recovery-codes-text",
    ),
    path("account/second-factor/codes/kept/", second_factor.recovery_codes_kept, name="recovery-codes-kept"),
    path(
        "account/second-factor/codes/renew/", second_factor.recovery_codes_renew, name="recovery-codes-renew"
    ),
    # Administrators
    path("people/<int:pk>/second-factor/reset/", second_factor.reset, name="second-factor-reset"),
]
