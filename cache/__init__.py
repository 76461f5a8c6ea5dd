"""Everything on disk, and the records stored there. Imports neither `indexer` nor `search`."""
