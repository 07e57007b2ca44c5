"""What holds for every test."""

from hypothesis import settings

# Machines are busy at times: how long one example takes says nothing about the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
