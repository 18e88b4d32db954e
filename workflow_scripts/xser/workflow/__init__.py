"""What the rules need: input files and parameters, by stage."""
