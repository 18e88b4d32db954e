"""config.yaml, checked and typed."""
