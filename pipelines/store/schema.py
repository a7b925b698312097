"""The tables of the store of record, for every database that SQLAlchemy Core speaks to.

docs/store.md explains them to those who read them with SQL.
"""

from __future__ import annotations

from dataclasses import fields

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)

from pipelines.items import ARTICLE_FIELDS, Article

VERSION = 3  # of these tables; an older store is migrated, one of a version not known is refused, never half read

metadata = MetaData()

_ANNOTATIONS = {f.name: str(f.type) for f in fields(Article)}
# Lists and objects stand as JSON text: readable by json_each in SQLite and by ::jsonb in PostgreSQL alike.
JSON_FIELDS = frozenset(n for n, kind in _ANNOTATIONS.items() if kind.startswith(("list", "dict")))
# SQLite numbers rows by itself only where the type is spelt INTEGER; its integers have 64 bits all the same.
BigId = BigInteger().with_variant(Integer, "sqlite")


def _column(name: str) -> Column[object]:
    kind = _ANNOTATIONS[name].removesuffix(" | None")
    type_ = {"int": Integer, "float": Float}.get(kind, Text)
    required = name in JSON_FIELDS or not _ANNOTATIONS[name].endswith("| None")
    return Column(name, type_, primary_key=name == "id", nullable=not required)


articles = Table(
    "articles",
    metadata,
    *(_column(name) for name in ARTICLE_FIELDS),
    Column("published_utc", Text),  # sortable, YYYY-MM-DDTHH:MM:SSZ
    Column("first_seen", Text, nullable=False),
    Column("last_seen", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),  # 1, and one more at each change
    Column("withdrawn", Text),  # when the page was found gone (410, repeated 404); null while it stands
    Column("missing", Integer, nullable=False, server_default="0"),  # times in a row that its server said 404
    Column("missing_at", Text),  # when the last of them was counted
    Column("page_hash", Text),  # SHA-256 of the bytes that it was taken from; null: not known
    Column("extractor", Text),  # version of the program that took it apart
    Column("revision", Integer, nullable=False, server_default="0"),  # times that the same page was taken apart anew
    Column("revised", Text),  # when it was so last
    Index("articles_url", "url"),
    Index("articles_site_published", "site", "published_utc"),
    Index("articles_site_seen", "site", "first_seen"),
    Index(
        "articles_duplicate_of",
        "duplicate_of",
        sqlite_where=text("duplicate_of IS NOT NULL"),
        postgresql_where=text("duplicate_of IS NOT NULL"),
    ),
)

# The order in which articles are shown, newest first: by this and the id. What has no date comes last. A literal, not a
# parameter: only so do the databases see that an index has it.
shown_at = func.coalesce(articles.c.published_utc, literal_column("''"))
Index("articles_shown", shown_at, articles.c.id)
Index("articles_site_shown", articles.c.site, shown_at, articles.c.id)
Index("articles_source_shown", articles.c.source, shown_at, articles.c.id)

# The tags of articles, each a row, in the order in which articles are shown; kept with the terms of search.
article_tags = Table(
    "article_tags",
    metadata,
    Column("tag", Text, primary_key=True),
    Column("shown_at", Text, primary_key=True),  # published_utc, empty where that is null
    Column("id", Text, primary_key=True),
    Index("article_tags_id", "id"),
    sqlite_with_rowid=False,
)

# What an article was before its last changes; the present version stands in `articles` only.
article_versions = Table(
    "article_versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("replaced", Text, nullable=False),  # when the next version was stored
    Column("record", Text, nullable=False),  # JSON, the form of Article.to_dict(segments=True)
)

# What happened to articles, in the transaction in which it happened; delivery reads it.
outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigId, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),  # the article's id
    Column("version", Integer, nullable=False),
    Column("event", Text, nullable=False),  # created, updated, revised, duplicate-changed, withdrawn
    Column("at", Text, nullable=False),
    Column("record", Text, nullable=False),  # JSON, the form of Article.to_dict()
    Column("txid", BigInteger),  # PostgreSQL: the transaction, as numbers may commit out of order; else null
    sqlite_autoincrement=True,  # a number is never given twice, whatever was deleted
)

cursors = Table(
    "cursors",
    metadata,
    Column("sink", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),  # delivered up to here
    Column("updated", Text, nullable=False),
    Column("state", Text),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("finished", Text),  # null while it runs, and for ever where it was killed
    Column("state", Text),  # Scrapy's finish reason: finished, shutdown, …
    Column("counts", Text, nullable=False),  # JSON: what became of the pages
)

dropped = Table(
    "dropped",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer, ForeignKey("runs.id"), nullable=False),
    Column("url", Text),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("dropped_run_reason", "run", "reason"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("round", Integer, nullable=False),  # 1, and one more each time that a finished job begins again
    Column("lists", Integer, nullable=False),  # list pages taken into the frontier in this round
)

# Every URL that a job has to ask, asks or has asked. Times are seconds since 1970 by the database's clock.
frontier = Table(
    "frontier",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("job", Integer, nullable=False),
    Column("key", LargeBinary, nullable=False),  # 16 bytes of SHA-256 of what all spellings of the URL share
    Column("url", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("kind", Text, nullable=False),  # how to read the answer: list, feed, sitemap, article
    Column("args", Text),  # JSON object for the spider
    Column("pattern", Text),  # of a list page: what it shares with others that a trap makes without end
    Column("rank", Integer, nullable=False),  # smaller ones are asked first
    Column("depth", Integer, nullable=False),  # links from a start URL
    Column("round", Integer, nullable=False),  # the job's round in which it was last to be asked
    Column("state", Text, nullable=False),  # items.State
    Column("reason", Text),  # of a state that is not stored or read
    Column("tries", Integer, nullable=False),  # times that it was handed out
    Column("owner", Integer),  # the worker that has it in hand; null: nobody
    Column("not_before", Float),  # of a deferred URL; null: it waits for what becomes of one that may be the same page
    Column("alike", LargeBinary),  # 16 bytes of SHA-256 of what URLs share that may be one page
    Column("article", Text),  # id of the article that it gave, or whose other address it is
    Column("asked", Float),  # when it last gave an answer
    Column("since", Float),  # of an article: its first answer; of a list: the last one with something new
    Column("etag", Text),  # of the last answer
    Column("last_modified", Text),  # of the last answer
    Column("recheck_at", Float),  # an article is asked again in the first round after this; null: no more
    UniqueConstraint("job", "key"),
    # what can be handed out, and what will be
    Index(
        "frontier_ready",
        "job",
        "host",
        "rank",
        "id",
        sqlite_where=text("state = 'pending' AND owner IS NULL"),
        postgresql_where=text("state = 'pending' AND owner IS NULL"),
    ),
    Index(
        "frontier_deferred",
        "job",
        "not_before",
        sqlite_where=text("state = 'deferred'"),
        postgresql_where=text("state = 'deferred'"),
    ),
    Index(
        "frontier_alike",
        "job",
        "alike",
        sqlite_where=text("alike IS NOT NULL"),
        postgresql_where=text("alike IS NOT NULL"),
    ),
    Index(
        "frontier_recheck",
        "job",
        "recheck_at",
        sqlite_where=text("recheck_at IS NOT NULL"),
        postgresql_where=text("recheck_at IS NOT NULL"),
    ),
    Index(
        "frontier_owner",
        "owner",
        sqlite_where=text("owner IS NOT NULL"),
        postgresql_where=text("owner IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

# What is counted of a job's hosts and of the patterns of their list pages, to notice traps.
patterns = Table(
    "patterns",
    metadata,
    Column("job", Integer, primary_key=True, autoincrement=False),
    Column("host", Text, primary_key=True),
    Column("pattern", Text, primary_key=True),  # of list pages; empty: the whole host
    Column("round", Integer, nullable=False),  # the job's round of these counts
    Column("urls", Integer, nullable=False),  # new ones of the host
    Column("barren", Integer, nullable=False),  # list pages in a row that led to no new article
    Column("suspect", Integer, nullable=False),  # 1: it was a trap
    Column("marks", LargeBinary, nullable=False),  # links of the host's last list pages, 8 bytes of the key each
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("owner", Integer),  # the one worker that may ask it; null: nobody
    Column("next_at", Float, nullable=False),  # not before this time
    Column("delay", Float),  # seconds between two requests that its robots.txt asks for; null: the crawl's own pace
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
)

workers = Table(
    "workers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", Text, nullable=False),  # host, process and a random part: no other worker has it
    Column("job", Integer, nullable=False),
    Column("beat", Float, nullable=False),  # last sign of life; its lock says more
    sqlite_autoincrement=True,
)

# What is known of the URLs of a site: a difference between two of them (addresses.differences) was seen between two
# that are one page, or between two that are not.
variants = Table(
    "variants",
    metadata,
    Column("site", Text, primary_key=True),  # addresses.bare_host
    Column("difference", Text, primary_key=True),
    Column("same", Integer, nullable=False, server_default="0"),  # pairs of URLs that are one page
    Column("other", Integer, nullable=False, server_default="0"),  # pairs that are two
)

# The bands of articles' fingerprints: articles that share one are compared.
bands = Table(
    "bands",
    metadata,
    Column("value", BigInteger, primary_key=True, autoincrement=False),
    Column("article", Text, primary_key=True),
    sqlite_with_rowid=False,
)

# What was removed by hand and is never fetched nor stored again: 16 bytes of SHA-256 of a URL, of what all spellings of
# it share, or of an article's id. Nothing of the article itself.
removed = Table(
    "removed",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("at", Text, nullable=False),
)

# Fetched pages that wait to be taken apart: never fetched again.
kept = Table(
    "kept",
    metadata,
    Column("task", BigInteger, primary_key=True, autoincrement=False),  # the row of the frontier
    Column("job", Integer, nullable=False),
    Column("site", Text, nullable=False),
    Column("page", Text, nullable=False),  # JSON, the fields of items.Page but for the bytes, and their sizes
    Column("body", LargeBinary, nullable=False),  # zlib: the page and its further parts, one after the other
    Column("at", Text, nullable=False),
    Index("kept_job_site", "job", "site"),
)

# The clock of crawls: what each site's schedule has come to. Times are ISO 8601 in UTC.
schedules = Table(
    "schedules",
    metadata,
    Column("name", Text, primary_key=True),  # of the site, and so of its job
    Column(
        "rule", Text, nullable=False
    ),  # its cron expression and time zone; another rule begins with a slot of its own
    Column("slot", Text, nullable=False),  # the last time of the rule that was begun, or let pass
    Column("owner", Text),  # the lock of the scheduler whose crawl is under way; null: none is
    Column("started", Text),
    Column("finished", Text),  # null while it is under way, and where its scheduler died meanwhile
    Column("result", Integer),  # exit code of the last crawl
)

# What is known of sites, where several machines share it (docs/site-memory.md): the JSON of a site's file.
site_memory = Table(
    "site_memory",
    metadata,
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("changed", Text, nullable=False),
)

# What each run came to, as its report says it; the youngest of each job are kept.
reports = Table(
    "reports",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("job", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("record", Text, nullable=False),  # JSON: the figures and the alarms
    Index("reports_job", "job", "run"),
)

# What is wrong with a job and has been said; gone once it is right again.
alarms = Table(
    "alarms",
    metadata,
    Column("job", Text, primary_key=True),
    Column("kind", Text, primary_key=True),  # yield, field/published, template, …
    Column("run", Integer, nullable=False),  # in which it was first seen
    Column("since", Text, nullable=False),
    Column("message", Text, nullable=False),  # as the last run says it
)

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
