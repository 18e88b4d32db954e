"""What a config costs before it has run: sizes of its corpora, rates of a machine, jobs, and the text that tells."""
