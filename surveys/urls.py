from django.urls import path

from surveys.views import answering, launching

app_name = "surveys"
urlpatterns = [
    # Respondents, by a mailed link
    path("a/<str:handle>/", answering.answer_form, name="answer-form"),
    path("a/<str:handle>/sent/<str:mac>/", answering.answer_sent, name="answer-sent"),
    path("a/<str:handle>/<str:mac>/", answering.answer_link, name="answer-link"),
    # Waves
    path("waves/<int:pk>/", launching.wave_detail, name="wave-detail"),
]
