"""From features and a split to trained models."""
