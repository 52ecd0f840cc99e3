from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Reads every word to translate out of the source, brings the catalogues in locale/ up to date, "
        "compiles them, and says what is not translated. Needs xgettext and the development packages."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        import polib  # noqa: PLC0415 - a development package

        from culture_portal import catalogues  # noqa: PLC0415

        found = catalogues.extract()
        wrong: list[str] = []
        for language in catalogues.languages():
            path = catalogues.catalogue_path(language)
            if path.exists():
                catalogue = polib.pofile(str(path), wrapwidth=100)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                catalogue = polib.POFile(wrapwidth=100)
                catalogue.metadata = _metadata(language)
            catalogue = catalogues.update(catalogue, found)
            catalogue.save(str(path), newline="\n")
            path.with_suffix(".mo").write_bytes(catalogues.compiled(catalogue))
            wrong += [f"{language}: {fault}" for fault in catalogues.faults(catalogue, found)]
            self.stdout.write(f"{language}: {len(catalogue)} texts")
        if wrong:
            raise CommandError("\n".join(wrong))


def _metadata(language: str) -> dict[str, str]:
    return {
        "Project-Id-Version": "culture-portal",
        "Language": language,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
