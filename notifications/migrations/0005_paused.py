from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0004_going_back")]

    operations = [
        migrations.AlterField(
            model_name="message",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("hours", "Outside their working hours"),
                    ("slot", "They get another mail that day"),
                    ("paused", "Whoever sends it has paused it"),
                    ("later", "The mail server asked to try later"),
                    ("no_server", "No mail server answered"),
                    ("died", "A worker stopped while sending"),
                    ("no_answer", "The mail server did not answer after the text"),
                    ("restored", "Due before the database was restored"),
                    ("left", "They have left"),
                    ("opted_out", "They want no such mail"),
                    ("not_wanted", "What it was about is done or over"),
                    ("by_hand", "Cancelled by hand"),
                    ("too_late", "Its time was over"),
                    ("away", "Away for good"),
                    ("overtaken", "A newer one took its place"),
                    ("refused", "The mail server refused it"),
                    ("bad_address", "The address was refused before"),
                    ("too_often", "Tried too often"),
                    ("our_fault", "The portal could not make it"),
                ],
                default="",
                max_length=12,
            ),
        ),
    ]
