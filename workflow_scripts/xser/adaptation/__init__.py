"""Adaptation to a corpus without labels: one module a method behind the interface of base.py."""
