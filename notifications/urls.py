from django.conf import settings
from django.urls import path

from notifications.views import captured, operating, unsubscribing

app_name = "notifications"
urlpatterns = [
    path("unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("unsubscribe/<str:token>/undo/", unsubscribing.resubscribe, name="unsubscribe-undo"),
    path("mail/outbox/", operating.outbox, name="outbox"),
    path("mail/outbox/resend/", operating.outbox_resend, name="outbox-resend"),
    path("mail/restored/", operating.restore_confirm, name="restore-confirm"),
    path("mail/refused/<int:pk>/trust/", operating.address_trust, name="address-trust"),
]
if settings.EMAIL_CAPTURED:
    urlpatterns += [
        path("mail/captured/", captured.captured_list, name="captured-list"),
        path("mail/captured/<str:name>/", captured.captured_detail, name="captured-detail"),
    ]
