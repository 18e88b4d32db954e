"""Figures: each module with a `FAMILY` draws one family of them; `base` says what a family is, `style` how all look."""
