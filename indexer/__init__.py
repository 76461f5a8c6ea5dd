"""Lists in, one published generation out."""
