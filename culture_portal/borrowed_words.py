"""Words of allauth and Django that people read here, named so that our catalogues can say them in our voice.

Allauth's own German says "du" and speaks of users. Nothing imports this module: being in the source is enough
for a word to be in ``locale/``, where it comes before the libraries' own translation.
"""

from django.utils.translation import gettext_noop

BORROWED = (
    # Refusals of the sign-in pages
    gettext_noop("Be patient, you are sending too many requests."),
    gettext_noop("Incorrect code."),
    gettext_noop("Incorrect password."),
    gettext_noop("Please type your current password."),
    gettext_noop("The email address and/or password you specified are not correct."),
    gettext_noop("The new value must be different from the current one."),
    gettext_noop("The password reset token was invalid."),
    gettext_noop("This account is currently inactive."),
    gettext_noop("Too many failed login attempts. Try again later."),
    gettext_noop("You must type the same password each time."),
    # Of the second factor
    gettext_noop("You cannot deactivate two-factor authentication."),
    gettext_noop("You cannot generate recovery codes without having two-factor authentication enabled."),
    # Labels of its fields
    gettext_noop("Authenticator code"),
    gettext_noop("Current Password"),
    gettext_noop("Email"),
    gettext_noop("New Password"),
    gettext_noop("New Password (again)"),
    gettext_noop("Password (again)"),
    gettext_noop("Remember Me"),
    # Django's, of every form
    gettext_noop("Enter a valid email address."),
    gettext_noop("This field is required."),
)
