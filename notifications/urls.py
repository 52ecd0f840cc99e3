from django.urls import path

from notifications.views import unsubscribing

app_name = "notifications"
urlpatterns = [
    path("unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("unsubscribe/<str:token>/undo/", unsubscribing.resubscribe, name="unsubscribe-undo"),
]
