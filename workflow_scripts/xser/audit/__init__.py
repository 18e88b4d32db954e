"""Checks that nothing which is tested was seen in training."""
