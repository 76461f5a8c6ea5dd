"""One generation in PostgreSQL with pgvector, for many readers: published once, read by anyone.

Nothing here is imported where no database is asked, and psycopg only where it is connected.
"""
