"""Scrapy's scheduler on the frontier of the store: what is to be asked lies in the database, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Self

from scrapy import signals
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Request, Response
from scrapy.spiders import Spider
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.defer import Deferred

from crawler.extensions.kept import KeptPages
from crawler.frontier.ahead import LEAST, Ahead
from crawler.frontier.downloader import StoppableDownloader
from crawler.frontier.ready import Ready
from crawler.middlewares.setbacks import SETBACK, set_back
from crawler.spiders.failures import GONE, LeftOutError
from pipelines.errors import StoreAwayError, StoreError
from pipelines.extraction.pipeline import ExtractionPipeline
from pipelines.items import Dropped, Found, Lease, Outcome
from pipelines.redaction import redact
from pipelines.store.crawl import Crawl, Need, Supply
from pipelines.store.patience import Patience
from pipelines.store.pipeline import StorePipeline
from pipelines.store.traps import Limits

logger = logging.getLogger(__name__)

HAND = 256  # URLs in hand, at most; they are given back at the end, and by the others when this process dies
LOW = 32  # ready requests below which more are asked for
LOOK_EVERY = 2.0  # seconds between two looks at the database, at most: signs of life, hosts that others should have
TICK = 0.25  # seconds
POLL = 1.0  # seconds between two looks when others have the rest of the job in hand
STOP_AFTER = 8.0  # seconds that a stop waits for pages under way


class FrontierScheduler(BaseScheduler):
    """Hands out URLs that are leased in the database, each as a request with an errback.

    The spider has `job`, `frontier_options()` (what Crawl takes, and fresh), `request_for(lease)` and `read`s every
    answer into one Outcome. It yields no requests but its start URLs: what it finds goes into the database with the
    outcome of the page, and comes out here. Redirects and retries of a leased URL come back here and keep its lease.

    Settings
        MAX_WAIT         seconds: when all that is left must wait longer than this, the run ends unfinished
        BACKOFF_FIRST    seconds that a host rests after a failure; doubled with each that follows
        BACKOFF_MAX      seconds that it rests, at most
        TRAP_LISTS       list pages of one pattern in a row without a new article, after which it is a trap; 0: never
        TRAP_HOST_LISTS  the same for all list pages of a host
        HOST_URLS        new URLs of a host that are taken in a round, at most; 0: all
        DEPTH_LIMIT      links from a start URL, at most; 0: no limit
        HOST_TRIES       failures in a row after which a host is given up: what is left of it is recorded as failed

    Stats
        frontier/<state>  URLs of the job's present round by state, at the end
        frontier/gone     those of the failed ones whose server said that there is no such page
        frontier/lost     URLs whose request vanished without an answer; recorded as failed
        frontier/next     seconds from the end of the run until the next URL may be asked
    """

    def __init__(self, crawler: Crawler, max_wait: float, most: int, limits: Limits) -> None:
        self._crawler, self._max_wait, self._limits = crawler, max_wait, limits
        self._ready = Ready(most, self._in_line)
        self._ahead = Ahead(time.monotonic)
        self._starts: list[Found] = []
        self._crawl: Crawl | None = None
        self._pipeline: StorePipeline | None = None
        self._refill: asyncio.Task[None] | None = None
        self._maybe_more = True  # the database may have something for us
        self._waiting = False  # it has, but not now
        self._next_look = 0.0
        self._filled = time.monotonic()
        self._idle: list[Lease] = []  # to be given back at the next look
        self._paces: dict[str, float] = {}  # those that the store knows
        self._idle_since: float | None = None  # nothing in hand since then, though something is left
        self._ticker: asyncio.TimerHandle | None = None
        self._stopping_since: float | None = None
        self._cancelled = False
        self._strayed = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once, listen to what ends a download."""
        settings = crawler.settings
        first, most = settings.getfloat("BACKOFF_FIRST"), settings.getfloat("BACKOFF_MAX")
        patience = Patience(first, most, settings.getint("HOST_TRIES"))
        lists, whole = settings.getint("TRAP_LISTS"), settings.getint("TRAP_HOST_LISTS")
        limits = Limits(lists, whole, settings.getint("HOST_URLS"), settings.getint("DEPTH_LIMIT"), patience)
        at_once = settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        scheduler = cls(crawler, settings.getfloat("MAX_WAIT"), at_once, limits)
        crawler.signals.connect(scheduler._response_received, signal=signals.response_received)
        crawler.signals.connect(scheduler._set_back, signal=set_back)
        crawler.signals.connect(scheduler._spider_idle, signal=signals.spider_idle)
        return scheduler

    def open(self, spider: Spider) -> Deferred[None] | None:
        """Join the job; where that fails, the pipeline says so and the crawl does not start."""
        self._pipeline = self._crawler.get_item_pipeline(StorePipeline)
        if self._pipeline is None:
            raise RuntimeError("the frontier needs pipelines.store.pipeline.StorePipeline in ITEM_PIPELINES")
        options = spider.frontier_options()  # type: ignore[attr-defined]
        self._crawl = self._pipeline.begin(spider.job, limits=self._limits, **options)  # type: ignore[attr-defined]
        if self._crawl is not None:
            self._pipeline.listeners.append(self._committed)
            self._tick()
        return None

    def has_pending_requests(self) -> bool:
        """Whether the job goes on, here or elsewhere."""
        if self._stopping_since is not None or self._crawl is None:
            return False
        return bool(len(self._ready) or self._starts or self._maybe_more or self._waiting or self._refill)

    def enqueue_request(self, request: Request) -> bool:
        """Take a start URL, or the redirect or retry of a leased one. Anything else is refused: see the class."""
        lease, found = request.meta.get("lease"), request.meta.get("found")
        if isinstance(lease, Lease):
            if lease.id in self._ready.leases and self._stopping_since is None:
                self._ready.put(lease, request, first=True)
            return True
        if isinstance(found, Found):
            self._starts.append(found)
            self._maybe_more = True
            return True
        if not self._strayed:
            self._strayed = True
            logger.error("%s is no start URL: links go into the `found` of an Outcome, not into requests", request.url)
        return False

    def next_request(self) -> Request | None:
        """The next request; None while every host has enough, nothing is there, or the store is away."""
        pipeline = self._pipeline
        if self._crawl is None or pipeline is None or pipeline.full or self._is_stopping():
            return None
        if len(self._ready) < LOW and self._maybe_more:
            self._start_filling()
        return self._ready.next()

    def close(self, reason: str) -> Deferred[None]:
        """Give back what is in hand, and count where the job's URLs stand."""
        return deferred_from_coro(self._close())

    async def _close(self) -> None:
        try:
            if self._refill is not None:
                await asyncio.wait([self._refill])
            if self._crawl is not None and self._pipeline is not None:
                desk = self._pipeline.desk
                await desk.call(self._crawl.end)
                self._note(await desk.call(self._crawl.summary), await desk.call(self._crawl.next_wait))
                for trap in await desk.call(self._crawl.traps):
                    logger.warning(
                        "a trap on %s: %d URLs left out by the rule %s, such as %s",
                        *(trap.host, trap.urls, trap.rule, redact(trap.example)),
                    )
        except StoreError as error:
            logger.error("%s", error)
        finally:
            if self._ticker is not None:  # until here it has timed the stop
                self._ticker.cancel()

    def _start_filling(self) -> None:
        if self._refill is None and self._crawl is not None:
            self._refill = asyncio.get_running_loop().create_task(self._fill())

    async def _fill(self) -> None:
        """Give the database a sign of life, and ask it for URLs."""
        if self._crawl is None or self._pipeline is None:
            return
        self._filled = time.monotonic()
        starts, self._starts = self._starts, []
        idle, self._idle = self._idle, []
        self._maybe_more = False
        in_hand = self._ready
        paces = self._news_of_paces()
        held, known = in_hand.by_host(), frozenset(in_hand.leases)
        need = Need(HAND - len(known), LEAST, held, known, paces, beyond=self._ahead.beyond())
        try:
            supply = await self._pipeline.desk.call(self._crawl.take, need, starts, idle)
            if supply.fenced:
                self._starts = starts + self._starts
            else:
                self._paces |= paces
            await self._stock(supply)
        except StoreAwayError:
            self._starts = starts + self._starts
            self._pipeline.give_up("store-away")
        except StoreError as error:
            logger.error("%s", error)
            self._pipeline.give_up("store-lost")
        except Exception:  # else the run would end as if nothing were left
            logger.exception("the frontier fails")
            self._pipeline.give_up("bug")
        finally:
            self._refill = None
            self._wake()

    async def _stock(self, supply: Supply) -> None:
        """Turn leases into requests; what is not as it was written is refused and recorded."""
        if supply.fenced:
            logger.warning("this process was silent for so long that others have taken its URLs: it begins again")
            self._ready.drain()
        for host in supply.surplus:
            self._idle += self._ready.drain(host)
        refused: list[Outcome] = []
        for lease in supply.leases:
            try:
                request = self._crawler.spider.request_for(lease)  # type: ignore[union-attr]
            except Exception as error:  # of whatever kind: one row must not keep the others from being asked
                reason = error.reason if isinstance(error, LeftOutError) else "tampered"
                refused.append(Outcome(lease.url, lease, dropped=Dropped(lease.url, reason, str(error)[:200])))
            else:
                self._ready.put(lease, request.replace(meta={**request.meta, "lease": lease}))
        if refused:
            await self._record(refused)
        if supply.leases:
            self._maybe_more, self._waiting, self._idle_since = True, False, None
            return
        wait = min(supply.wait or 0.0, POLL) if supply.elsewhere else supply.wait
        self._waiting = wait is not None
        if wait is None or self._ready.leases:
            self._next_look = time.monotonic() + TICK
            return
        now = time.monotonic()
        self._next_look = now + max(wait, TICK)
        self._idle_since = self._idle_since or now
        if not supply.elsewhere and now + wait - self._idle_since > self._max_wait and self._pipeline:
            kept = self._crawler.get_extension(KeptPages)
            if kept is None or kept.clear():
                self._pipeline.give_up("deferred")
            else:  # they wait for no server
                self._next_look = now + TICK

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        """Send outcomes to the store without a page."""
        for outcome in outcomes:
            await self._crawler.engine.scraper.start_itemproc_async(outcome, response=None)

    def _committed(self, outcomes: Sequence[Outcome]) -> None:
        """Outcomes are written: their links can be handed out, and their places are free."""
        for outcome in outcomes:
            self._ahead.note(outcome)
            if outcome.lease is not None:
                self._ready.settled(outcome.lease)
                if outcome.rest is not None:  # what is in hand of the host would have to wait: it is given back
                    self._ready.rest(outcome.lease.host)
                    self._idle += self._ready.drain(outcome.lease.host)
                if outcome.setback is not None and (outcome.setback.failing or outcome.setback.wait):
                    self._ready.go_on(outcome.lease.host)
        self._maybe_more = True
        self._wake()

    def _response_received(self, response: Response, request: Request) -> None:
        lease = request.meta.get("lease")
        if isinstance(lease, Lease):
            if SETBACK not in request.meta:
                self._ready.trust(lease.host)
            self._ready.answered(lease)

    def _set_back(self, request: Request) -> None:
        """Nothing more goes to a host that wants rest, even before the store knows."""
        lease = request.meta.get("lease")
        if isinstance(lease, Lease):
            self._ready.rest(lease.host)
            self._downloader().rest(request)

    def _spider_idle(self) -> None:
        """The engine has nothing under way: a lease that is still in hand has lost its request."""
        lost = list(self._ready.leases.values())
        if not lost or self._stopping_since is not None or self._crawl is None:
            return
        for lease in lost:
            self._ready.settled(lease)
            self._crawler.stats.inc_value("frontier/lost")
            why = Dropped(lease.url, "lost", "the request vanished without an answer")
            self._crawler.engine.scraper._start_itemproc_nowait(Outcome(lease.url, lease, dropped=why))
        self._maybe_more = True
        raise DontCloseSpider

    def _in_line(self, request: Request) -> bool:
        """Whether a request of the same host still waits for the host's pace."""
        return self._downloader().in_line(request)

    def _downloader(self) -> StoppableDownloader:
        downloader = self._crawler.engine.downloader
        if not isinstance(downloader, StoppableDownloader):
            raise RuntimeError("the frontier needs crawler.frontier.downloader.StoppableDownloader as DOWNLOADER")
        return downloader

    def _news_of_paces(self) -> dict[str, float]:
        paces = self._downloader().paces if self._crawler._engine is not None else {}
        return {host: delay for host, delay in paces.items() if self._paces.get(host) != delay}

    def _is_stopping(self) -> bool:
        slot = self._crawler.engine._slot
        return self._stopping_since is not None or slot is None or slot.closing is not None

    def _tick(self) -> None:
        """The one timer of the crawl: it wakes the engine when there is something to hand out, and times a stop.

        Scrapy asks a scheduler that gave nothing again only when something else happens, or after 5 s; and it has no
        signal for the beginning of a stop.
        """
        self._ticker = asyncio.get_running_loop().call_later(TICK, self._tick)
        engine = self._crawler._engine
        if engine is None or engine._slot is None:
            return
        if engine._slot.closing is not None:
            self._time_the_stop()
            return
        now = time.monotonic()
        if self._waiting and now >= self._next_look:
            self._waiting, self._maybe_more = False, True
        if now - self._filled > LOOK_EVERY:
            self._start_filling()
        if len(self._ready) or self._maybe_more:
            self._wake()

    def _time_the_stop(self) -> None:
        now = time.monotonic()
        if self._stopping_since is None:
            self._stopping_since = now
        if now - self._stopping_since < STOP_AFTER or self._cancelled:
            return
        self._cancelled = True
        logger.info("the stop has waited %.0f s: what is under way is given back", STOP_AFTER)
        if self._pipeline is not None:
            self._pipeline.stop()
        extraction = self._crawler.get_item_pipeline(ExtractionPipeline)
        if extraction is not None:
            extraction.cancel()
        self._downloader().cancel()

    def _wake(self) -> None:
        engine = self._crawler._engine
        if engine is not None and engine._slot is not None and engine._slot.closing is None:
            engine._slot.nextcall.schedule()

    def _note(self, counts: dict[tuple[str, str | None], int], wait: float | None) -> None:
        """The job's figures as stats."""
        stats = self._crawler.stats
        for (state, reason), count in counts.items():
            stats.inc_value(f"frontier/{state}", count)
            if reason in GONE:
                stats.inc_value("frontier/gone", count)
        if wait is not None:
            stats.set_value("frontier/next", round(wait, 1))
