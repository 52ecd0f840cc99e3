from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0004_audit_append_only")]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField()),
                ("until", models.BigIntegerField()),
            ],
            options={
                "verbose_name_plural": "tallies",
                "indexes": [models.Index(fields=["until"], name="tally_until")],
            },
        ),
    ]
