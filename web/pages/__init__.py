"""Pages by area: every module has a `router`, and every endpoint a mark that says who may call it."""
