"""One law a file: a value in, what is broken out."""
