"""Recordings of one's own: a trained system with its calibration and its card."""
