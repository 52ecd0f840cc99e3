from django.urls import path, register_converter
from django.urls.converters import StringConverter

from common import converters  # noqa: F401 - knows up and down, light and dark
from surveys.questionnaire import Kind
from surveys.views import (
    answering,
    building,
    causes,
    exchanging,
    following_up,
    improving,
    launching,
    mine,
    named,
    pausing,
    previewing,
    questions,
    repeating,
    results,
    translating,
    translating_files,
    trying,
    versions,
    wording,
)


class KindConverter(StringConverter):
    regex = "|".join(kind for kind in Kind if kind is not Kind.PLACE)

    def to_python(self, value: str) -> Kind:
        return Kind(value)


register_converter(KindConverter, "question_kind")

app_name = "surveys"
urlpatterns = [
    # Respondents, by a mailed link
    path("a/<str:handle>/", answering.answer_form, name="answer-form"),
    path("a/<str:handle>/sent/<str:mac>/", answering.answer_sent, name="answer-sent"),
    path("a/<str:handle>/<str:mac>/", answering.answer_link, name="answer-link"),
    # Everybody: what to answer, and results to read
    path("my-surveys/", mine.my_surveys, name="my-surveys"),
    path("waves/<int:pk>/results/", results.wave_results, name="wave-results"),
    path("waves/<int:pk>/results/<int:code>/", results.wave_results_group, name="wave-results-group"),
    path(
        "waves/<int:pk>/results/<int:code>/over-time/", results.wave_results_trend, name="wave-results-trend"
    ),
    path(
        "waves/<int:pk>/results/<int:code>/results.xlsx", results.wave_results_xlsx, name="wave-results-xlsx"
    ),
    path(
        "waves/<int:pk>/results/<int:code>/done/new/", improving.improvement_create, name="improvement-create"
    ),
    path("waves/done/<int:pk>/edit/", improving.improvement_edit, name="improvement-edit"),
    path("waves/done/<int:pk>/delete/", improving.improvement_delete, name="improvement-delete"),
    path("waves/done/<int:pk>/show/", improving.improvement_show, name="improvement-show"),
    path("waves/done/<int:pk>/hide/", improving.improvement_hide, name="improvement-hide"),
    path("waves/<int:pk>/results/<int:code>/figures.csv", results.wave_results_csv, name="wave-results-csv"),
    path("waves/comments/<str:pk>/withhold/", results.comment_withhold, name="comment-withhold"),
    # Readers of a wave by name
    path("waves/<int:pk>/answers/", named.wave_answers, name="wave-answers"),
    path("waves/<int:pk>/answers/<int:response_pk>/", named.wave_answer, name="wave-answer"),
    path("waves/<int:pk>/answers.csv", named.wave_answers_csv, name="wave-answers-csv"),
    # Closing the loop
    path("waves/<int:pk>/follow-up/", following_up.wave_follow_up, name="wave-follow-up"),
    path("follow-ups/", following_up.follow_up_list, name="follow-up-list"),
    path("follow-ups/figures/", following_up.follow_up_figures, name="follow-up-figures"),
    path("follow-ups/causes/", causes.cause_list, name="cause-list"),
    path("follow-ups/causes/new/", causes.cause_create, name="cause-create"),
    path("follow-ups/causes/<int:pk>/edit/", causes.cause_edit, name="cause-edit"),
    path("follow-ups/causes/<int:pk>/archive/", causes.cause_archive, name="cause-archive"),
    path("follow-ups/causes/<int:pk>/bring-back/", causes.cause_bring_back, name="cause-bring-back"),
    path("follow-ups/<int:pk>/", following_up.follow_up_detail, name="follow-up-detail"),
    path("follow-ups/<int:pk>/contact/", following_up.follow_up_contact, name="follow-up-contact"),
    path("follow-ups/<int:pk>/note/", following_up.follow_up_note, name="follow-up-note"),
    path("follow-ups/<int:pk>/close/", following_up.follow_up_close, name="follow-up-close"),
    path("follow-ups/<int:pk>/hand-over/", following_up.follow_up_hand_over, name="follow-up-hand-over"),
    # Survey builder
    path("surveys/", building.survey_list, name="survey-list"),
    path("surveys/put-away/", building.survey_list, {"archived": True}, name="survey-list-archived"),
    path("surveys/new/", building.survey_create, name="survey-create"),
    path("surveys/new/from-file/", exchanging.survey_take_in, name="survey-take-in"),
    path("surveys/new/<slug:code>/", building.survey_create_from, name="survey-create-from"),
    path("surveys/<int:pk>/", building.survey_detail, name="survey-detail"),
    path("surveys/<int:pk>/edit/", building.survey_edit, name="survey-edit"),
    path("surveys/<int:pk>/preview/", previewing.survey_preview, name="survey-preview"),
    path("surveys/<int:pk>/preview/page/", previewing.survey_preview_page, name="survey-preview-page"),
    path("surveys/<int:pk>/versions/", versions.version_list, name="version-list"),
    path("surveys/<int:pk>/versions/<int:number>/start/", versions.version_start, name="version-start"),
    path("surveys/<int:pk>/survey.json", exchanging.survey_file, name="survey-file"),
    # Its languages
    path("surveys/<int:pk>/translations/", translating.translation_list, name="translation-list"),
    path("surveys/<int:pk>/translations/add/", translating.language_add, name="language-add"),
    path(
        "surveys/<int:pk>/translations/<slug:language>/",
        translating.translation_edit,
        name="translation-edit",
    ),
    path(
        "surveys/<int:pk>/translations/<slug:language>/texts.xlsx",
        translating_files.translation_file,
        name="translation-file",
    ),
    path(
        "surveys/<int:pk>/translations/<slug:language>/take-in/",
        translating_files.translation_take_in,
        name="translation-take-in",
    ),
    path(
        "surveys/<int:pk>/translations/<slug:language>/remove/",
        translating.language_remove,
        name="language-remove",
    ),
    path("surveys/<int:pk>/duplicate/", building.survey_duplicate, name="survey-duplicate"),
    path("surveys/<int:pk>/hand-over/", building.survey_hand_over, name="survey-hand-over"),
    path("surveys/<int:pk>/keep/", building.survey_keep, name="survey-keep"),
    path("surveys/<int:pk>/archive/", building.survey_archive, name="survey-archive"),
    path("surveys/<int:pk>/bring-back/", building.survey_bring_back, name="survey-bring-back"),
    path("surveys/<int:pk>/parts/new/", building.section_create, name="section-create"),
    path("surveys/<int:pk>/waves/new/", launching.wave_create, name="wave-create"),
    path("surveys/<int:pk>/waves/new/values/", launching.wave_create_values, name="wave-create-values"),
    path("surveys/parts/<int:pk>/edit/", building.section_edit, name="section-edit"),
    path("surveys/parts/<int:pk>/delete/", building.section_delete, name="section-delete"),
    path("surveys/parts/<int:pk>/<direction:direction>/", building.section_move, name="section-move"),
    path("surveys/parts/<int:pk>/duplicate/", building.section_duplicate, name="section-duplicate"),
    # Its questions
    path("surveys/parts/<int:pk>/questions/new/", questions.question_choose, name="question-choose"),
    path(
        "surveys/parts/<int:pk>/questions/new/<question_kind:kind>/",
        questions.question_create,
        name="question-create",
    ),
    path("surveys/questions/<int:pk>/edit/", questions.question_edit, name="question-edit"),
    path("surveys/questions/<int:pk>/duplicate/", questions.question_duplicate, name="question-duplicate"),
    path("surveys/questions/<int:pk>/delete/", questions.question_delete, name="question-delete"),
    path("surveys/questions/<int:pk>/place/", questions.question_place, name="question-place"),
    path("surveys/questions/<int:pk>/<direction:direction>/", questions.question_move, name="question-move"),
    path("surveys/questions/<int:pk>/condition/", questions.question_condition, name="question-condition"),
    path(
        "surveys/questions/<int:pk>/condition/fields/",
        questions.question_condition_fields,
        name="question-condition-fields",
    ),
    path(
        "surveys/questions/<int:pk>/condition/remove/",
        questions.question_condition_remove,
        name="question-condition-remove",
    ),
    # Waves
    path("waves/", launching.wave_list, name="wave-list"),
    path("waves/<int:pk>/", launching.wave_detail, name="wave-detail"),
    path("waves/<int:pk>/repeat/", repeating.series_create, name="series-create"),
    path("waves/series/", repeating.series_list, name="series-list"),
    path("waves/series/speak-up/", repeating.series_speak_up, name="series-speak-up"),
    path("waves/series/<int:pk>/", repeating.series_detail, name="series-detail"),
    path("waves/series/<int:pk>/edit/", repeating.series_edit, name="series-edit"),
    path("waves/series/<int:pk>/pause/", repeating.series_pause, name="series-pause"),
    path("waves/series/<int:pk>/go-on/", repeating.series_go_on, name="series-go-on"),
    path("waves/series/<int:pk>/put-off/", repeating.series_put_off, name="series-put-off"),
    path("waves/series/<int:pk>/stop/", repeating.series_stop, name="series-stop"),
    path("waves/<int:pk>/edit/", launching.wave_edit, name="wave-edit"),
    path("waves/<int:pk>/edit/values/", launching.wave_edit_values, name="wave-edit-values"),
    path("waves/<int:pk>/delete/", launching.wave_delete, name="wave-delete"),
    path("waves/<int:pk>/launch/", launching.wave_launch, name="wave-launch"),
    path("waves/<int:pk>/approve/", launching.wave_approve, name="wave-approve"),
    path("waves/<int:pk>/take-back/", launching.wave_take_back, name="wave-take-back"),
    path("waves/<int:pk>/mails/<int:step>/", launching.wave_mail, name="wave-mail"),
    path("waves/<int:pk>/mails/<int:step>/html/", launching.wave_mail_html, name="wave-mail-html"),
    path("waves/<int:pk>/trial/", trying.wave_trial, name="wave-trial"),
    path("waves/<int:pk>/pause/", pausing.wave_pause, name="wave-pause"),
    path("waves/<int:pk>/go-on/", pausing.wave_go_on, name="wave-go-on"),
    path("waves/<int:pk>/extend/", pausing.wave_extend, name="wave-extend"),
    path("waves/<int:pk>/close/", pausing.wave_close, name="wave-close"),
    path("waves/<int:pk>/words/<slug:mail>/<slug:language>/", wording.wave_words, name="wave-words"),
    path(
        "waves/<int:pk>/words/<slug:mail>/<slug:language>/look/",
        wording.wave_words_look,
        name="wave-words-look",
    ),
    path(
        "waves/<int:pk>/words/<slug:mail>/<slug:language>/reset/",
        wording.wave_words_reset,
        name="wave-words-reset",
    ),
    path(
        "waves/<int:pk>/words/<slug:mail>/<slug:language>/<theme:theme>/",
        wording.wave_words_html,
        name="wave-words-html",
    ),
]
