"""xser: cross-lingual, cross-corpus speech emotion recognition."""
