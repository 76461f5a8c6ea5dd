"""The tables of a published generation, and the one row that says which is current.

Must not know where rows come from or who asks for them.
"""

from typing import Any, NamedTuple

FORMAT = 2
"""Raised when the tables change, so that an older reader says so."""

OLDEST_SERVER = 15
OLDEST_VECTOR = (0, 8)
LARGEST_INDEXED = 4000
"""Dimensions that pgvector indexes in half precision."""

BOOK = """
    CREATE SCHEMA IF NOT EXISTS nextread;
    CREATE TABLE IF NOT EXISTS nextread.generations (
        number int PRIMARY KEY, schema text NOT NULL UNIQUE, format int NOT NULL,
        manifest bytea NOT NULL, resources int NOT NULL, vectors int NOT NULL,
        published_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS nextread.current (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        number int NOT NULL REFERENCES nextread.generations
    );
"""
"""The schema that names the others, one a generation."""

CURRENT = """
    SELECT g.number, g.schema, g.format, g.manifest, g.resources, g.vectors
    FROM nextread.current c JOIN nextread.generations g ON g.number = c.number
"""

LAST = "SELECT coalesce(max(number), 0) FROM nextread.generations"

ADD = """
    INSERT INTO nextread.generations (number, schema, format, manifest, resources, vectors)
    VALUES (%s, %s, %s, %s, %s, %s)
"""

SWAP = """
    INSERT INTO nextread.current (number) VALUES (%s)
    ON CONFLICT (only_row) DO UPDATE SET number = excluded.number
"""

OLD = """
    SELECT number FROM nextread.generations
    WHERE number NOT IN (SELECT number FROM nextread.generations ORDER BY number DESC LIMIT 2)
    AND number NOT IN (SELECT number FROM nextread.current)
"""
"""What is neither current nor one step back, where readers may still be."""

FORGET = "DELETE FROM nextread.generations WHERE number = %s"

ENTER = """
    set_config('search_path', concat_ws(', ', quote_ident(%(schema)s), (
        SELECT quote_ident(n.nspname) FROM pg_extension e
        JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector')), %(local)s)
"""
"""Names are looked for in a generation, then where pgvector is; nowhere else."""

TABLES = """
    CREATE TABLE resources (
        ordinal int NOT NULL, id text COLLATE "C" NOT NULL, url text NOT NULL, title text NOT NULL,
        kind text, language text, aliases text NOT NULL, mentions text NOT NULL,
        facts text NOT NULL, first int NOT NULL, passages int NOT NULL,
        author text, published int, rating real, difficulty real
    );
    CREATE TABLE passages (number int NOT NULL, start int NOT NULL, "end" int NOT NULL,
        text bytea NOT NULL);
    CREATE TABLE addresses (url text COLLATE "C" NOT NULL, ordinal int NOT NULL);
    CREATE TABLE lists (number int NOT NULL, list_id text NOT NULL, members bytea NOT NULL);
    CREATE TABLE sites (site text COLLATE "C" NOT NULL, members bytea NOT NULL);
    CREATE TABLE vectors (number int NOT NULL, ordinal int NOT NULL,
        vector halfvec({dim}) NOT NULL);
    CREATE TABLE postings (token text COLLATE "C" NOT NULL, field smallint NOT NULL,
        known int NOT NULL, ordinals int[] NOT NULL, scores real[] NOT NULL);
    CREATE TABLE files (name text NOT NULL, part int NOT NULL, content bytea NOT NULL);
    ALTER TABLE postings ALTER ordinals SET STORAGE EXTERNAL, ALTER scores SET STORAGE EXTERNAL;
    ALTER TABLE passages ALTER text SET STORAGE EXTERNAL;
    ALTER TABLE files ALTER content SET STORAGE EXTERNAL;
"""
"""Passages and files arrive compressed; postings are read too often to be unpacked each time."""

KEYS = """
    ALTER TABLE resources ADD PRIMARY KEY (ordinal);
    CREATE UNIQUE INDEX ON resources (id);
    CREATE INDEX ON resources (kind);
    CREATE INDEX ON resources (language);
    CREATE INDEX ON resources (published);
    ALTER TABLE passages ADD PRIMARY KEY (number);
    CREATE INDEX ON addresses USING hash (url);
    ALTER TABLE lists ADD PRIMARY KEY (number);
    ALTER TABLE sites ADD PRIMARY KEY (site);
    ALTER TABLE vectors ADD PRIMARY KEY (number);
    CREATE INDEX ON postings USING hash (token);
    ALTER TABLE files ADD PRIMARY KEY (name, part);
"""
"""Addresses and tokens may be longer than a B-tree takes."""

# With pgvector's defaults (16, 64) real questions found .99 of the ten nearest among 10,000
# vectors, and fewer among more.
NEIGHBOURS = """
    CREATE INDEX ON vectors USING hnsw (vector halfvec_ip_ops) WITH (m = 24, ef_construction = 200)
"""

SIZE = """
    SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = %s AND c.relkind = 'r'
"""


class Published(NamedTuple):
    """One row of generations."""

    number: int
    schema: str
    format: int
    manifest: bytes
    resources: int
    vectors: int


def current(cursor: Any) -> Published | None:
    """The generation that readers get, None before the first."""
    row = cursor.execute(CURRENT).fetchone()
    return Published(*row) if row else None


def schema_of(number: int) -> str:
    """The schema of a generation."""
    return f"nextread_{number}"
