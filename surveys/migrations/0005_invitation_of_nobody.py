from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0004_breakdown_name_fixed")]

    operations = [
        migrations.RemoveConstraint(model_name="invitation", name="invitation_of_one_respondent"),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(("person__isnull", True), ("contact__isnull", True), _connector="OR"),
                name="invitation_of_one_respondent",
            ),
        ),
    ]
