"""Readers: one module a corpus, each turning the publisher's folder into utterances."""
