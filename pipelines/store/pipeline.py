"""The Scrapy item pipeline Outcome -> store of record, and the record of the run."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DropItem
from scrapy.utils.misc import load_object

from pipelines.errors import StoreAwayError, StoreError
from pipelines.items import Dropped, Outcome
from pipelines.redaction import redact
from pipelines.store.crawl import Crawl, Verdict
from pipelines.store.database import default_url
from pipelines.store.desk import Desk
from pipelines.store.reprints import Reprints

logger = logging.getLogger(__name__)
START_PATIENCE = 8.0  # seconds that a crawl waits for its store before it begins
END_PATIENCE = 20.0  # seconds that the last word on a run, and its report, wait for the store
STOP_PATIENCE = 3.0  # the last word of a run that was stopped, or ends as the store is away
ENDED = ("finished", "deferred")  # how a run ends that was not stopped and lacks no store
BACKLOG = 5  # batches of outcomes that may wait for the store before no further page is asked for


class Settled(DropItem):
    """The outcome is written and no feed gets it. A subclass for each reason, as Scrapy's stats count them."""


class Unchanged(Settled):
    """The article stands in the store as it is: only its last_seen was renewed."""


class NotFetched(Settled):
    """The server gave no usable answer."""


class NotAnArticle(Settled):
    """The page is a list, a search or an error page."""


class NoText(Settled):
    """The page is empty, binary or cannot be read."""


class ExtractionFailed(Settled):
    """The extraction itself failed on this page: out of time, or a fault of ours."""


class OnlyLinks(Settled):
    """A list page, feed or sitemap: its links are in the frontier."""


class Kept(Settled):
    """The page waits in the store until what is known of its site suffices."""


class Removed(Settled):
    """The article was removed by hand: nothing of it is stored."""


class Deferred(Settled):
    """There was no page for now: the URL is asked again later."""


class GivenBack(Settled):
    """Nothing was written: the URL is in other hands by now, or the run was stopped."""


# First part of a Dropped's reason -> the exception.
KINDS: dict[str, type[Settled]] = {
    "fetch": NotFetched,
    "not-an-article": NotAnArticle,
    "off-site": NotAnArticle,
    "empty": NoText,
    "binary": NoText,
    "unreadable": NoText,
    "timeout": ExtractionFailed,
    "crash": ExtractionFailed,
    "bug": ExtractionFailed,
    "removed": Removed,
}
Listener = Callable[[Sequence[Outcome]], None]


class StorePipeline:
    """Stores each Outcome, in batches; then passes its article on as the dict of `Article.to_dict()`, for feeds.

    A feed gets each article that is new or changed once, after its commit. While the store is away outcomes wait; when
    it stays away the crawl ends, and what was not written is asked again by the next run.

    Settings
        OUTPUT_DIR           folder of the store, where STORE_URL is empty
        STORE_URL            SQLAlchemy database URL of the store; empty: sqlite in OUTPUT_DIR/articles.db
        STORE_BATCH_SIZE     outcomes in one transaction, at most
        STORE_BATCH_SECONDS  seconds that an outcome waits for its transaction, at most
        REPRINTS             class that tells which articles repeat others; empty: that is not looked at
        STORE_PATIENCE       seconds that the store may be away before the crawl ends unfinished

    Stats
        store/new, store/changed, store/revised, store/unchanged  articles by what became of their row
        store/withdrawn                            articles that are gone at their site
        store/dropped/<reason>                     pages recorded without an article
        store/deferred                             tries after which a URL was put off, to be asked again
        store/late                                 outcomes that came after their URL was given to another worker
        store/failed                               outcomes that the store refused
        store/away                                 seconds that the store was away
    """

    def __init__(self, crawler: Crawler, url: str, size: int, seconds: float, patience: float) -> None:
        self._crawler = crawler
        self._url, self._size, self._seconds = url, size, seconds
        self._reprints: Reprints | None = None
        self.desk = Desk(patience)
        self._crawl: Crawl | None = None
        self._error: StoreError | None = None
        self._waiting: list[tuple[Outcome, asyncio.Future[Verdict]]] = []
        self._in_hand = 0  # outcomes that wait or are being written
        self._timer: asyncio.TimerHandle | None = None
        self._flushes: set[asyncio.Task[None]] = set()
        self._stopped = self._ending = False
        self.listeners: list[Listener] = []  # hear of outcomes after their commit, or after they were given back

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once, listen to what drops items and ends the run."""
        settings = crawler.settings
        url = settings.get("STORE_URL") or default_url(settings["OUTPUT_DIR"])
        size, seconds = settings.getint("STORE_BATCH_SIZE"), settings.getfloat("STORE_BATCH_SECONDS")
        pipeline = cls(crawler, url, size, seconds, settings.getfloat("STORE_PATIENCE"))
        if settings.get("REPRINTS"):
            pipeline._reprints = load_object(settings["REPRINTS"])()
        crawler.signals.connect(pipeline.item_dropped, signal=signals.item_dropped)
        crawler.signals.connect(pipeline.item_error, signal=signals.item_error)
        crawler.signals.connect(pipeline.spider_closed, signal=signals.spider_closed)
        return pipeline

    @property
    def full(self) -> bool:
        """Whether so much waits for the store that no further page should be asked for."""
        return self.desk.away or self._in_hand > BACKLOG * self._size

    @property
    def run(self) -> int:
        """The number of the run in the table `runs`; 0 where none has begun."""
        return self._crawl.run if self._crawl is not None else 0

    def begin(self, job: str, *, fresh: bool = False, **options: Any) -> Crawl | None:
        """Open the store and join a job, for the scheduler; None where that failed: open_spider then says why.

        The options are those of Crawl.
        """
        deadline = time.monotonic() + START_PATIENCE
        while True:
            try:
                self._crawl = Crawl(self.desk.open(self._url), job, reprints=self._reprints, **options)
                self._crawl.begin(fresh=fresh)
            except StoreAwayError as error:  # somebody else writes just now
                self._error = error
                if time.monotonic() > deadline:
                    return None
                time.sleep(0.5)
            except StoreError as error:
                self._error = error
                return None
            else:
                self._error = None
                return self._crawl

    async def open_spider(self) -> None:
        """Note that the run begins, where no scheduler has done so; without a store the crawl does not start."""
        spider = self._crawler.spider
        job = str(getattr(spider, "job", None) or getattr(spider, "name", ""))
        try:
            if self._error is not None:
                raise self._error
            if self._crawl is None:
                store = self.desk.open(self._url)
                self._crawl = Crawl(store, job, bound=0, reprints=self._reprints)
                self._crawl.run = store.start_run(job, datetime.now(UTC))
        except StoreError as error:
            self._crawl = None
            logger.error("%s", error)
            raise CloseSpider("store-away" if isinstance(error, StoreAwayError) else "store") from None

    async def process_item(self, item: Any) -> Any:
        """Outcome -> dict of its article, after the commit. Raises Settled, StoreError where the store refused it."""
        if not isinstance(item, Outcome):
            return item
        verdict = await self._put(item)
        if verdict is Verdict.LATE:
            raise GivenBack(f"given back: {item.url}", log_level="DEBUG")
        if item.defer is not None:
            raise Deferred(f"asked again in {item.defer:.0f} s: {item.url}", log_level="DEBUG")
        if item.page is not None:
            raise Kept(f"kept: {item.url}", log_level="DEBUG")
        if verdict is Verdict.UNCHANGED:
            raise Unchanged(f"unchanged: {item.url}", log_level="DEBUG")
        if item.article is None:
            why = item.dropped
            if why is None:
                raise OnlyLinks(f"links only: {item.url}", log_level="DEBUG")
            kind = KINDS.get(why.reason.partition("/")[0], Settled)
            raise kind(f"{why.reason}: {why.url}: {why.message}", log_level="DEBUG")
        return item.article.to_dict()

    async def kept_sites(self) -> list[str]:
        """The sites of which the job keeps pages that wait to be taken apart. Raises StoreError."""
        return await self.desk.call(self._crawl.kept_sites) if self._crawl else []

    async def left(self, most: int) -> int:
        """How many URLs of the job are still to be asked, counted to about `most`. Raises StoreError."""
        return await self.desk.call(self._crawl.left, most) if self._crawl else 0

    async def take_kept(self, site: str, limit: int, after: int = 0) -> list[Outcome]:
        """Take kept pages of a site in hand; each goes through the pipelines like one just fetched. Raises StoreError.

        In the order of their leases' ids, from the one that follows `after`.
        Ask for them while the spider is idle (DontCloseSpider), not while it closes: a close has little time.
        """
        return await self.desk.call(self._crawl.take_kept, site, limit, after) if self._crawl else []

    async def item_dropped(self, item: Any, exception: DropItem) -> None:
        """Record an outcome that another pipeline dropped: its links and its state must not be lost with it."""
        if isinstance(item, Outcome) and not isinstance(exception, Settled):
            await self._put_failed(item, "dropped", f"{type(exception).__name__}: {exception}")

    async def item_error(self, item: Any, failure: Any) -> None:
        """Record an outcome on which another pipeline failed."""
        if isinstance(item, Outcome) and not isinstance(failure.value, StoreError):
            await self._put_failed(item, "bug", f"{type(failure.value).__name__}: {failure.value}")

    def stop(self) -> None:
        """A stop has run out of time: what comes now is given back, and nobody waits for the store any longer."""
        self._stopped = True
        self.desk.stop()

    def give_up(self, reason: str) -> None:
        """End the crawl with a reason of ours, once; without the store nobody waits for anything more."""
        if not self._ending:
            self._ending = True
            if reason != "deferred":
                self.stop()
            asyncio.get_running_loop().create_task(self._crawler.engine.close_spider_async(reason=reason))

    async def close_spider(self) -> None:
        """Write what is left."""
        self._start_flush()
        await asyncio.gather(*self._flushes)

    async def spider_closed(self, reason: str) -> None:
        """Note how the run ended, and close the store."""
        crawl = self._crawl
        if crawl is not None:
            if self.desk.seconds_away:
                self._crawler.stats.set_value("store/away", round(self.desk.seconds_away, 1))
            prefixes = ("crawl/", "extraction/", "memory/", "store/", "frontier/", "pace/")
            stats = self._crawler.stats.get_stats()
            counts = {key: value for key, value in stats.items() if key.startswith(prefixes)}
            limit = END_PATIENCE if reason in ENDED else STOP_PATIENCE
            patience = asyncio.get_running_loop().call_later(limit, self.desk.stop)
            try:
                await self.desk.call(self.desk.store.finish_run, crawl.run, reason, counts, datetime.now(UTC))
            except StoreError as error:
                logger.error("%s", error)
            patience.cancel()
        self.desk.close()

    async def _put_failed(self, item: Outcome, reason: str, message: str) -> None:
        why = Dropped(item.url, reason, " ".join(message.split())[:200])
        try:
            await self._put(Outcome(item.url, item.lease, dropped=why, found=item.found, also=item.also))
        except StoreError as error:
            logger.error("%s", error)

    async def _put(self, outcome: Outcome) -> Verdict:
        """Wait for the commit of an outcome."""
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        if self._stopped or self._crawl is None:
            return Verdict.LATE
        self._waiting.append((outcome, future))
        self._in_hand += 1
        if len(self._waiting) >= self._size:
            self._start_flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._start_flush)
        try:
            return await future
        finally:
            self._in_hand -= 1

    def _start_flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch, self._waiting = self._waiting, []
        if batch:
            task = asyncio.get_running_loop().create_task(self._flush(batch))
            self._flushes.add(task)
            task.add_done_callback(self._flushes.discard)

    async def _flush(self, batch: list[tuple[Outcome, asyncio.Future[Verdict]]]) -> None:
        """Write a batch; where the store refuses it, one by one."""
        verdicts = await self._commit([outcome for outcome, _ in batch])
        if verdicts is None and len(batch) > 1:
            for one in batch:
                await self._flush([one])
            return
        if verdicts is None:
            ((outcome, future),) = batch
            future.set_exception(StoreError(f"the store refuses {outcome.url}"))
        else:
            for (outcome, future), verdict in zip(batch, verdicts, strict=True):
                self._count_verdict(outcome, verdict)
                future.set_result(verdict)
        for listener in self.listeners:
            listener([outcome for outcome, _ in batch])

    async def _commit(self, outcomes: list[Outcome]) -> list[Verdict] | None:
        """The verdicts; None where the store refuses. What it refuses alone, twice, is recorded as failed.

        A fault of ours counts as a refusal: else those who wait for the outcome would wait for ever.
        """
        if self._crawl is None:
            raise RuntimeError("an outcome before the run began")
        alone = outcomes[0] if len(outcomes) == 1 else None
        try:
            try:
                return await self.desk.call(self._crawl.commit, outcomes)
            except StoreAwayError:
                raise
            except Exception as error:
                if alone is None:
                    return None
                logger.warning("%s: once more", error)  # another worker may have stored the same article just now
                return await self.desk.call(self._crawl.commit, outcomes)
        except StoreAwayError:
            self.give_up("store-away")
            return [Verdict.LATE] * len(outcomes)
        except Exception as error:
            logger.error("%s: %s", redact(outcomes[0].url or ""), error, exc_info=not isinstance(error, StoreError))
            self._count("store/failed")
            await self._record_refusal(outcomes[0])
            return None

    async def _record_refusal(self, outcome: Outcome) -> None:
        if self._crawl is None:
            return
        why = Dropped(outcome.url, "store", "the store refuses this page")
        try:
            await self.desk.call(self._crawl.commit, [Outcome(outcome.url, outcome.lease, dropped=why)])
        except Exception as error:  # a store that takes nothing at all
            logger.error("%s", error, exc_info=not isinstance(error, StoreError))
            self.give_up("store-away" if isinstance(error, StoreAwayError) else "store-lost")

    def _count_verdict(self, outcome: Outcome, verdict: Verdict) -> None:
        if verdict is Verdict.LATE:
            self._count("store/late")
            return
        if outcome.defer is not None:
            self._count("store/deferred")
            return
        if verdict is not Verdict.DONE:
            self._count(f"store/{verdict}")
        for record in (outcome.dropped, *outcome.also):
            if record is not None:
                self._count(f"store/dropped/{record.reason}")

    def _count(self, stat: str) -> None:
        self._crawler.stats.inc_value(stat)
