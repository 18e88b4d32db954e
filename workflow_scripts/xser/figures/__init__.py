"""Figures: `style` says how all look, each other module draws one family from plain data."""
