from django.conf import settings
from django.urls import path

from common import converters  # noqa: F401 - knows light and dark
from notifications.views import captured, noticing, operating, preferring, refused, unsubscribing, wording

app_name = "notifications"
urlpatterns = [
    path("notifications/", noticing.notice_list, name="notice-list"),
    path("notifications/read/", noticing.notice_read_all, name="notice-read-all"),
    path("notifications/<int:pk>/open/", noticing.notice_open, name="notice-open"),
    path("account/notifications/", preferring.preferences, name="preferences"),
    path("unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("unsubscribe/<str:token>/undo/", unsubscribing.resubscribe, name="unsubscribe-undo"),
    path("mail/outbox/", operating.outbox, name="outbox"),
    path("mail/outbox/<str:kind>/", operating.outbox_kind, name="outbox-kind"),
    path("mail/outbox/<str:kind>/again/", operating.outbox_again, name="outbox-again"),
    path("mail/outbox/<str:kind>/cancel/", operating.outbox_cancel, name="outbox-cancel"),
    path("mail/message/<int:pk>/again/", operating.message_again, name="message-again"),
    path("mail/message/<int:pk>/cancel/", operating.message_cancel, name="message-cancel"),
    path("mail/refused/", refused.refused_list, name="refused-list"),
    path("mail/refused/<int:pk>/trust/", refused.address_trust, name="address-trust"),
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
]
if settings.EMAIL_CAPTURED:
    urlpatterns += [
        path("mail/captured/", captured.captured_list, name="captured-list"),
        path("mail/captured/<str:name>/", captured.captured_detail, name="captured-detail"),
    ]
