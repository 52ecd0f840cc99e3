from django.conf import settings
from django.urls import path, register_converter
from django.urls.converters import StringConverter

from notifications.views import captured, operating, unsubscribing, wording


class ThemeConverter(StringConverter):
    regex = "light|dark"


register_converter(ThemeConverter, "theme")

app_name = "notifications"
urlpatterns = [
    path("unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("unsubscribe/<str:token>/undo/", unsubscribing.resubscribe, name="unsubscribe-undo"),
    path("mail/outbox/", operating.outbox, name="outbox"),
    path("mail/outbox/resend/", operating.outbox_resend, name="outbox-resend"),
    path("mail/restored/", operating.restore_confirm, name="restore-confirm"),
    path("settings/mails/", wording.mail_text_list, name="mail-text-list"),
    path("settings/mails/<str:name>/<slug:language>/", wording.mail_text_edit, name="mail-text-edit"),
    path("settings/mails/<str:name>/<slug:language>/look/", wording.mail_text_look, name="mail-text-look"),
    path("settings/mails/<str:name>/<slug:language>/reset/", wording.mail_text_reset, name="mail-text-reset"),
    path("settings/mails/<str:name>/<slug:language>/test/", wording.mail_text_test, name="mail-text-test"),
    path(
        "settings/mails/<str:name>/<slug:language>/<theme:theme>/",
        wording.mail_text_html,
        name="mail-text-html",
    ),
    path("mail/refused/<int:pk>/trust/", operating.address_trust, name="address-trust"),
]
if settings.EMAIL_CAPTURED:
    urlpatterns += [
        path("mail/captured/", captured.captured_list, name="captured-list"),
        path("mail/captured/<str:name>/", captured.captured_detail, name="captured-detail"),
    ]
