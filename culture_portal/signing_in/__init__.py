"""Ways in beside the password: the organisation's OpenID provider, and a second factor."""
