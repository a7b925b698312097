"""From the front page of the demo site to all its articles, by its lists alone. Counts are the server's."""

from collections import Counter
from pathlib import Path
from threading import Thread

from crawler.commands.demo import crawl
from crawler.demo.server import DemoServer
from crawler.demo.site import Answer, DemoSite


class ListsOnly(DemoSite):
    """The demo site without feed and sitemap, with a log of what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.log: Counter[str] = Counter()

    def answer(self, target: str, base: str) -> Answer | None:
        """As the whole site's, but for what only machines read."""
        self.log[target.removeprefix(f"http://{self.host}")] += 1
        return (
            None
            if target.rpartition("/")[2] in ("robots.txt", "sitemap.xml", "feed.xml")
            else super().answer(target, base)
        )


def test_all_articles_are_found_from_the_front_page_and_asked_once(tmp_path: Path) -> None:
    site = ListsOnly()
    with DemoServer(site) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        assert crawl(server.address, site.host, tmp_path) == 0
        server.shutdown()
        thread.join()
    articles = {url.removeprefix(f"http://{site.host}") for url in site.truth()}
    assert articles - site.log.keys() == set()
    assert max(site.log[path] for path in articles) == 1
    wrong = [path for path in site.log if path not in articles and site.answer(path, "") is None]
    assert set(wrong) <= {"/robots.txt", "/feed.xml"}  # the head of the page names a feed
