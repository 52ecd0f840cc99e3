from django.urls import path

from common.views.audit import audit_csv, audit_list
from common.views.progress import progress

app_name = "common"
urlpatterns = [
    path("audit/", audit_list, name="audit-list"),
    path("audit/entries.csv", audit_csv, name="audit-csv"),
    path("progress/<str:key>/", progress, name="progress"),
]
