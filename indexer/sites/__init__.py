"""Sites that need more than GET and extract, one small module each."""
