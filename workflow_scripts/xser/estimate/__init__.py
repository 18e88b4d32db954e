"""What a config costs before it has run: rates of a machine, sizes of corpora, a price for every job, and a page."""
