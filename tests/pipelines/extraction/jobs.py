"""Work for worker processes: importable by name, ends as the page says."""

import os
import time
from typing import Any

from pipelines.errors import EmptyPageError, NotAnArticleError
from pipelines.items import Article, Page


def take_apart(page: Page, *_: Any) -> Article:
    if page.body == b"hang":
        time.sleep(60)
    if page.body == b"die":
        os._exit(3)
    if page.body == b"slow":
        time.sleep(0.5)
    if page.body == b"bug":
        raise ZeroDivisionError("a fault of ours")
    if page.body == b"list":
        raise NotAnArticleError("the page is a list")
    if page.body == b"empty":
        raise EmptyPageError("the page is empty")
    return Article(id=page.body.decode(), url=page.url, text=page.body.decode())


def length(article: Article) -> int:
    return len(article.text)
