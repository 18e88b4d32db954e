"""The command xser and what a run prints."""
