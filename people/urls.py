from django.urls import path

from people.views import (
    account,
    attributes,
    browsing,
    importing,
    importing_absences,
    keeping,
    organisation,
    privacy,
    roles,
)

app_name = "people"
urlpatterns = [
    # Everybody
    path("people/", browsing.person_list, name="person-list"),
    path("people/<int:pk>/", browsing.person_detail, name="person-detail"),
    path("teams/", browsing.team_tree, name="team-tree"),
    path("teams/<int:pk>/", browsing.team_detail, name="team-detail"),
    # Oneself
    path("account/", account.account, name="account"),
    path("account/absences/add/", account.absence_create, name="absence-create"),
    path("account/absences/<int:pk>/delete/", account.absence_delete, name="absence-delete"),
    # HR
    path("people/add/", keeping.person_create, name="person-create"),
    path("people/<int:pk>/edit/", keeping.person_edit, name="person-edit"),
    path("people/<int:pk>/deactivate/", keeping.person_deactivate, name="person-deactivate"),
    path("people/<int:pk>/erase/", privacy.person_erase, name="person-erase"),
    path("people/<int:pk>/reactivate/", keeping.person_reactivate, name="person-reactivate"),
    path("people/never-signed-in/", keeping.person_waiting, name="person-waiting"),
    path("people/never-signed-in/mail/", keeping.person_invite_all, name="person-invite-all"),
    path("people/<int:pk>/mail/", keeping.person_invite, name="person-invite"),
    path("teams/add/", keeping.team_create, name="team-create"),
    path("teams/<int:pk>/edit/", keeping.team_edit, name="team-edit"),
    path("people/import/", importing.import_create, name="import-create"),
    path("people/import/<int:pk>/", importing.import_detail, name="import-detail"),
    path("people/import/template.csv", importing.import_template, name="import-template"),
    path("people/import/<int:pk>/columns/", importing.import_columns, name="import-columns"),
    path("people/import/<int:pk>/reading/", importing.import_reading, name="import-reading"),
    path("people/import/<int:pk>/check/", importing.import_check, name="import-check"),
    path("people/import/<int:pk>/rows/<slug:kind>/", importing.import_rows, name="import-rows"),
    path("people/import/<int:pk>/apply/", importing.import_apply, name="import-apply"),
    path("people/import/<int:pk>/discard/", importing.import_discard, name="import-discard"),
    path("people/import/<int:pk>/report.csv", importing.import_report, name="import-report"),
    path("people/import/<int:pk>/undo/", importing.import_undo, name="import-undo"),
    path("people/attributes/", attributes.attribute_list, name="attribute-list"),
    path("people/attributes/add/", attributes.attribute_create, name="attribute-create"),
    path("people/attributes/<int:pk>/edit/", attributes.attribute_edit, name="attribute-edit"),
    path("people/attributes/<int:pk>/archive/", attributes.attribute_archive, name="attribute-archive"),
    path("people/attributes/<int:pk>/restore/", attributes.attribute_restore, name="attribute-restore"),
    path("people/attributes/<int:pk>/delete/", attributes.attribute_delete, name="attribute-delete"),
    path("people/<int:pk>/attributes/", attributes.person_attributes, name="person-attributes"),
    path("people/absences/import/", importing_absences.absence_import_create, name="absence-import-create"),
    path(
        "people/absences/import/template.csv",
        importing_absences.absence_import_template,
        name="absence-import-template",
    ),
    path(
        "people/absences/import/<int:pk>/",
        importing_absences.absence_import_detail,
        name="absence-import-detail",
    ),
    path(
        "people/absences/import/<int:pk>/columns/",
        importing_absences.absence_import_columns,
        name="absence-import-columns",
    ),
    path(
        "people/absences/import/<int:pk>/reading/",
        importing_absences.absence_import_reading,
        name="absence-import-reading",
    ),
    path(
        "people/absences/import/<int:pk>/apply/",
        importing_absences.absence_import_apply,
        name="absence-import-apply",
    ),
    path(
        "people/absences/import/<int:pk>/discard/",
        importing_absences.absence_import_discard,
        name="absence-import-discard",
    ),
    path(
        "people/absences/import/<int:pk>/problems.csv",
        importing_absences.absence_import_problems,
        name="absence-import-problems",
    ),
    path("settings/organisation/", organisation.organisation, name="organisation"),
    path("settings/organisation/logo/", organisation.organisation_logo, name="organisation-logo"),
    path(
        "settings/organisation/logo/remove/",
        organisation.organisation_logo_remove,
        name="organisation-logo-remove",
    ),
    path(
        "settings/organisation/free-days/",
        organisation.organisation_free_days,
        name="organisation-free-days",
    ),
    # Administrators
    path("settings/roles/", roles.role_list, name="role-list"),
    path("people/<int:pk>/roles/<slug:role>/give/", keeping.person_give_role, name="person-give-role"),
    path("people/<int:pk>/roles/<slug:role>/take/", keeping.person_take_role, name="person-take-role"),
]
