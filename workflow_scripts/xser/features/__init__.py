"""Features: one module an extractor; audio in, Kaldi archives out."""
