from django.urls import path

from common.views.audit import audit_list
from common.views.progress import progress

app_name = "common"
urlpatterns = [
    path("audit/", audit_list, name="audit-list"),
    path("progress/<str:key>/", progress, name="progress"),
]
