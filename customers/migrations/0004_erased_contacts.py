from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_seeded_german")]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="inactive_since",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(("erased_at__isnull", True), ("active", False), _connector="OR"),
                name="contact_erased_is_inactive",
            ),
        ),
    ]
