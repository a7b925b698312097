from scrapy.settings import BaseSettings, default_settings
from scrapy.utils.misc import load_object

from crawler import settings

SET = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}


def test_the_doors_are_shut() -> None:
    assert SET["TELNETCONSOLE_ENABLED"] is False
    assert SET["REMOTE_CONTROL_ENABLED"] is False
    assert SET["ROBOTSTXT_OBEY"] is True
    assert SET["COOKIES_ENABLED"] is False
    assert SET["DOWNLOAD_VERIFY_CERTIFICATES"] is True
    assert SET["REFERRER_POLICY"] == "strict-origin"
    assert {scheme for scheme, handler in SET["DOWNLOAD_HANDLERS"].items() if handler is None} == {
        "file",
        "ftp",
        "s3",
        "data",
    }
    assert set(default_settings.DOWNLOAD_HANDLERS_BASE) == set(SET["DOWNLOAD_HANDLERS"])
    assert SET["ALLOWED_ADDRESSES"] == []


def test_the_bounds() -> None:
    assert SET["DOWNLOAD_MAXSIZE"] == 8 * 2**20
    assert SET["DOWNLOAD_TIMEOUT"] == 30
    assert SET["DOWNLOAD_DELAY"] == 1
    assert SET["URLLENGTH_LIMIT"] == 2083
    assert SET["CONCURRENT_REQUESTS_PER_DOMAIN"] <= 8


def test_the_user_agent_says_who_asks() -> None:
    assert "newswinnow/0.1" in SET["USER_AGENT"]
    assert "mozilla" not in SET["USER_AGENT"].lower()


def test_every_component_loads() -> None:
    for name in ("ITEM_PIPELINES", "DOWNLOADER_MIDDLEWARES", "SPIDER_MIDDLEWARES"):
        for path in SET[name]:
            assert load_object(path)


def test_every_own_setting_is_explained_by_the_component_that_reads_it() -> None:
    from crawler.commands.browse import Browse
    from crawler.commands.crawl import Command
    from crawler.commands.deliver import Deliver
    from crawler.commands.schedule import Schedule
    from crawler.commands.sites import Sites
    from crawler.extensions.report import RunReport
    from crawler.frontier.scheduler import FrontierScheduler
    from crawler.guard.resolver import GuardedResolver
    from crawler.middlewares.archive import ArchiveMiddleware
    from crawler.middlewares.browser import BrowserMiddleware
    from crawler.middlewares.robots import RobotsMiddleware
    from crawler.middlewares.setbacks import SetbackMiddleware
    from crawler.spiders.fetching import FetchingSpider
    from pipelines.extraction.pipeline import ExtractionPipeline
    from pipelines.store.pipeline import StorePipeline

    components = (Command, Deliver, Sites, FetchingSpider, FrontierScheduler, RobotsMiddleware, ArchiveMiddleware)
    components += (
        SetbackMiddleware,
        Browse,
        BrowserMiddleware,
        GuardedResolver,
        ExtractionPipeline,
        StorePipeline,
        Schedule,
        RunReport,
    )
    docs = " ".join(component.__doc__ or "" for component in components)
    own = [name for name in SET if not hasattr(default_settings, name) and name not in ("BOT_NAME", "COMMANDS_MODULE")]
    assert own
    assert [name for name in own if name not in docs] == []


def test_settings_hold_plain_data() -> None:
    BaseSettings(SET)
    assert all(isinstance(v, (str, int, float, bool, dict, list)) for v in SET.values())
