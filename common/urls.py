from django.urls import path

from common.views.audit import audit_csv, audit_list
from common.views.logo import logo
from common.views.progress import progress
from common.views.settings import settings_index

app_name = "common"
urlpatterns = [
    path("audit/", audit_list, name="audit-list"),
    path("audit/entries.csv", audit_csv, name="audit-csv"),
    path("settings/", settings_index, name="settings"),
    path("logo/<slug:digest>.png", logo, name="logo"),
    path("progress/<str:key>/", progress, name="progress"),
]
