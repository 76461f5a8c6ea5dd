"""One generation in, answers out. Never imports `indexer`."""
