from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "surveys"

    def ready(self) -> None:
        # The registries below are filled once the models of every app are there.
        from surveys.registered import follow_ups, series, surveys  # noqa: PLC0415

        surveys.register()
        follow_ups.register()
        series.register()
