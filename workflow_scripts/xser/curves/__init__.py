"""Curves over K: what so many utterances of a speaker or of a corpus bring; one module a kind behind base.py."""
