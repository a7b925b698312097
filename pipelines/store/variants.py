"""URLs that may be one page: kept back until one of them has been read, and known for a site once it was seen.

Two URLs of one `addresses.alike` differ in what many sites do not tell apart: scheme, first label of the host, slash or
index at the end, parameters of the table `ambiguous`. Evidence that such a difference does not count at a site: a
redirect, rel=canonical or rel=alternate from one to the other, one content under both. Evidence that it counts: two
articles of different titles under URLs that differ in nothing else. A difference that was seen to count is believed to
count for good; nothing is folded by guess. Where a page was seen under two URLs, those that differ from them in their
form only (not in a parameter) are taken for it too; that is nothing that is learned of the site.

Functions that work within a transaction; the table is `variants`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Connection, select, text, update

from pipelines.addresses import alike, bare_host, differences, is_form, is_risky
from pipelines.items import OPEN_STATES, Outcome, State, key_digest
from pipelines.store import schema
from pipelines.store.rows import chunks, upsert

ALIAS = "alias"  # reason of a URL whose page is known under another one
NEEDED, NEEDED_RISKY = (
    1,
    2,
)  # pairs of URLs that must have been one page; of parameters named like ids: by their content
SCAN = 500  # URLs that wait, looked at in one go
_WAITING = text("frontier.state = 'deferred' AND frontier.not_before IS NULL")
_OPEN = frozenset(state.value for state in OPEN_STATES)
# Of a URL in such a state nobody knows what page it is.
_NOTHING = frozenset((State.FAILED.value, State.ROBOTS.value, State.TRAPPED.value))
Rules = Mapping[tuple[str, str], bool]


class _Verdict(Enum):
    ALIAS = 1  # the same page as one that is known
    WAITS = 2  # perhaps
    APART = 3


def alike_digest(url: str) -> bytes | None:
    """The column `alike` of a URL; None where it cannot be taken apart."""
    try:
        return key_digest(alike(url))
    except ValueError:
        return None


def hold(connection: Connection, job: int, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of URLs that are new to a job, those to take in: known pages under other URLs left out, perhaps-ones waiting."""
    for row in rows:
        row["alike"] = alike_digest(row["url"])
    known: dict[bytes, list[tuple[str, str, str | None]]] = defaultdict(list)
    for one in _alike(connection, job, {row["alike"] for row in rows if row["alike"]}):
        known[bytes(one.alike)].append((one.url, one.state, one.reason))
    counts = Counter(row["alike"] for row in rows)
    doubtful = [row["url"] for row in rows if row["alike"] in known or counts[row["alike"]] > 1]
    rules = _rules(connection, doubtful) if doubtful else {}
    taken = []
    for row in rows:
        verdict = _judge(row["url"], known[row["alike"]], rules) if row["alike"] else _Verdict.APART
        if verdict is _Verdict.ALIAS:
            continue
        if verdict is _Verdict.WAITS:
            row["state"] = State.DEFERRED.value
        if row["alike"]:
            known[row["alike"]].append((row["url"], row["state"], None))
        taken.append(row)
    return taken


def release(connection: Connection, job: int) -> None:
    """Let those URLs go on that need wait no longer, one of a kind at a time, the one that tells most first."""
    table = schema.frontier
    query = select(table.c.id, table.c.url, table.c.alike).where(table.c.job == job, _WAITING)
    waiting = connection.execute(query.order_by(table.c.id).limit(SCAN).with_for_update(skip_locked=True)).all()
    if not waiting:
        return
    known: dict[bytes, list[Any]] = defaultdict(list)
    ids = {row.id for row in waiting}
    for one in _alike(connection, job, {bytes(row.alike) for row in waiting}):
        if one.id not in ids:
            known[bytes(one.alike)].append(one)
    rules = _rules(connection, [row.url for row in waiting])
    groups: dict[bytes, list[Any]] = defaultdict(list)
    for row in waiting:
        siblings = known[bytes(row.alike)]
        verdict = _judge(row.url, [(one.url, one.state, one.reason) for one in siblings], rules)
        if verdict is _Verdict.ALIAS:
            article = next((one.article for one in siblings if one.article), None)
            done = {"state": State.DUPLICATE.value, "reason": ALIAS, "article": article}
            connection.execute(update(table).where(table.c.id == row.id).values(**done))
        elif verdict is _Verdict.APART:
            _go(connection, [row.id])
        else:
            groups[bytes(row.alike)].append(row)
    for key, rows in groups.items():
        if not any(one.state in _OPEN for one in known[key]):
            most = max(rows, key=lambda row: (max(_distance(row.url, one.url) for one in known[key]), -row.id))
            _go(connection, [most.id])


def recognise(connection: Connection, job: int, outcomes: Iterable[Outcome]) -> None:
    """Learn from what came, and name the article that a page is (`alias`) where it is known under another URL."""
    votes: Counter[tuple[str, str, str]] = Counter()
    came = [o for o in outcomes if o.lease is not None]
    for outcome in came:
        if outcome.fresh is not None and outcome.url is not None:
            _count(votes, "same", outcome.url, [url for url in outcome.fresh.same if alike_digest(url)], risky=False)
    articles = {o.lease.id: o for o in came if o.article is not None and o.lease is not None}
    digests = {digest for o in articles.values() if (digest := alike_digest(o.lease.url))}  # type: ignore[union-attr]
    rows = _alike(connection, job, digests)
    known = {row.id for row in rows if row.article and row.id in articles}  # it was an article of its own before
    others = [row for row in rows if row.article and row.id not in articles and row.reason != ALIAS]
    if others:
        rules = _rules(connection, [row.url for row in others])
        contents = _contents(connection, {row.article for row in others})
        by_digest: dict[bytes, list[Any]] = defaultdict(list)
        for row in others:
            by_digest[bytes(row.alike)].append(row)
        for task, outcome in articles.items():
            if task not in known:
                siblings = by_digest.get(alike_digest(outcome.lease.url) or b"", ())  # type: ignore[union-attr]
                _compare(outcome, siblings, contents, rules, votes)
    _write(connection, votes)


def _compare(
    outcome: Outcome,
    siblings: Iterable[Any],
    contents: Mapping[str, tuple[str, str]],
    rules: Rules,
    votes: Counter[tuple[str, str, str]],
) -> None:
    article, url = outcome.article, outcome.lease.url if outcome.lease else ""
    for row in siblings:
        if article is None or row.article not in contents:
            continue
        found = differences(url, row.url) or frozenset()
        site = bare_host(url)
        if any(rules.get((site, one)) is False for one in found):
            continue
        content, title = contents[row.article]
        if content == article.content_hash or row.article == article.id:
            _count(votes, "same", url, [row.url], risky=content == article.content_hash)
            outcome.alias = row.article
            return
        if len(found) == 1 and title != article.title:
            _count(votes, "other", url, [row.url], risky=True)


def _count(votes: Counter[tuple[str, str, str]], what: str, url: str, others: Iterable[str], *, risky: bool) -> None:
    for other in others:
        for one in differences(url, other) or ():
            if risky or not is_risky(one):
                votes[bare_host(url), one, what] += 1


def _write(connection: Connection, votes: Mapping[tuple[str, str, str], int]) -> None:
    for (site, difference, what), number in sorted(votes.items()):
        statement = upsert(connection)(schema.variants).values(site=site, difference=difference, **{what: number})
        more = {what: schema.variants.c[what] + number}
        connection.execute(statement.on_conflict_do_update(index_elements=["site", "difference"], set_=more))


def _judge(url: str, known: Sequence[tuple[str, str, str | None]], rules: Rules) -> _Verdict:
    verdict, shown = _Verdict.APART, any(reason == ALIAS for _, _, reason in known)
    for other, state, _ in known:
        found = differences(url, other)
        if found is None or state in _NOTHING:
            continue
        says = [rules.get((bare_host(url), one), True if shown and is_form(one) else None) for one in found]
        if all(says) or (state == State.REMOVED and False not in says):  # what was removed is not asked for again
            return _Verdict.ALIAS
        if False not in says:
            verdict = _Verdict.WAITS
    return verdict


def _distance(a: str, b: str) -> tuple[int, int]:
    """How much it would tell if two URLs were one page: parameters first, for their forms are taken along."""
    found = differences(a, b) or frozenset()
    return sum(not is_form(one) for one in found), len(found)


def _go(connection: Connection, ids: Sequence[int]) -> None:
    table = schema.frontier
    connection.execute(update(table).where(table.c.id.in_(ids)).values(state=State.PENDING.value))


def _rules(connection: Connection, urls: Iterable[str]) -> Rules:
    """What is known of the differences at the URLs' sites: True: they do not count, False: they do."""
    table, found = schema.variants, dict[tuple[str, str], bool]()
    for chunk in chunks(sorted({bare_host(url) for url in urls})):
        for row in connection.execute(select(table).where(table.c.site.in_(chunk))):
            if row.other:
                found[row.site, row.difference] = False
            elif row.same >= (NEEDED_RISKY if is_risky(row.difference) else NEEDED):
                found[row.site, row.difference] = True
    return found


def _alike(connection: Connection, job: int, digests: Iterable[bytes]) -> list[Any]:
    table, found = schema.frontier.c, list[Any]()
    columns = (table.id, table.url, table.state, table.reason, table.alike, table.article)
    for chunk in chunks(sorted(digests)):
        query = select(*columns).where(table.job == job, table.alike.in_(chunk)).order_by(table.id)
        found += connection.execute(query).all()
    return found


def _contents(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    table, found = schema.articles.c, dict[str, tuple[str, str]]()
    for chunk in chunks(sorted(ids)):
        query = select(table.id, table.content_hash, table.title).where(table.id.in_(chunk))
        found |= {row.id: (row.content_hash, row.title) for row in connection.execute(query)}
    return found
