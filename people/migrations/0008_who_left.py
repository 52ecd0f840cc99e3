from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0007_forget_staged_texts")]

    operations = [
        migrations.AddField(
            model_name="person",
            name="inactive_since",
            field=models.DateField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name="person",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", True), ("is_active", False)),
                fields=["inactive_since"],
                name="person_who_left",
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.CheckConstraint(
                condition=models.Q(("erased_at__isnull", True), ("is_active", False), _connector="OR"),
                name="person_erased_is_inactive",
            ),
        ),
    ]
