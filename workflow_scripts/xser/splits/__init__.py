"""Who trains, develops and tests."""
