from culture_portal.formats.en.formats import *  # noqa: F403 - the spare language of tests/common/pseudo.py
