from django.db import migrations

# Of what 0001 brought, where nobody has put it into other words since: code, English name, German words.
BEHAVIOURS = [
    ("listening", "Listening", "Zuhören", "Wir hören zu, um zu verstehen."),
    ("civility", "Civility", "Höflichkeit", "Wir bleiben höflich, auch wenn es nicht erwidert wird."),
    (
        "keeping-promises",
        "Keeping promises",
        "Zusagen halten",
        "Was wir zusagen, tun wir bis zu dem Tag, den wir genannt haben.",
    ),
    (
        "managing-expectations",
        "Managing expectations",
        "Erwartungen klären",
        "Wir sagen früh, womit zu rechnen ist: Eine enttäuschte Erwartung schmerzt wie eine gebrochene Zusage.",
    ),
    (
        "loyalty-to-the-absent",
        "Loyalty to the absent",
        "Treue zu Abwesenden",
        "Über Menschen, die nicht im Raum sind, sprechen wir, als wären sie es.",
    ),
    ("humility", "Humility", "Demut", "Wo uns etwas davon nicht gelingt, bitten wir um Entschuldigung."),
]
VALUES = [
    (
        "accountability",
        "Accountability",
        "Verantwortung",
        "Wir stehen zu dem, was wir tun, und zu dem, was wir lassen.",
    ),
    ("integrity", "Integrity", "Integrität", "Wir tun das Richtige, auch wenn niemand hinsieht."),
    ("trust", "Trust", "Vertrauen", "Wir erwerben es im Kleinen und schenken es zuerst."),
    (
        "mutual-respect",
        "Mutual respect",
        "Gegenseitiger Respekt",
        "Arbeit und Zeit aller zählen gleich viel.",
    ),
    (
        "excellence",
        "Excellence",
        "Exzellenz",
        "Wir arbeiten so gut, wie es alle verdienen, die sich auf uns verlassen.",
    ),
]


def add_german_words(apps, schema_editor):
    for model, rows in (("Behaviour", BEHAVIOURS), ("Value", VALUES)):
        for code, name, name_de, meaning_de in rows:
            untouched = apps.get_model("customers", model).objects.filter(code=code, name=name, name_de="")
            untouched.update(name_de=name_de, meaning_de=meaning_de)


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_ready_for_an_organisation")]

    operations = [migrations.RunPython(add_german_words, migrations.RunPython.noop)]
