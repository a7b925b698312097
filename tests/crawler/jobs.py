"""Jobs for the tests of crawler.batch; they must be importable by name in a worker process."""

from __future__ import annotations

import os
import time

from pipelines.errors import NotAnArticleError
from pipelines.items import Article, Label, Page, Segment


def obey(page: Page) -> Article:
    """Do what the page says: sleep, die, raise, eat memory; else give its text back."""
    order = page.body.decode()
    match order.split():
        case ["sleep", seconds]:
            time.sleep(float(seconds))
        case ["die"]:
            os._exit(7)
        case ["raise"]:
            raise ZeroDivisionError("a bug\nin two lines")
        case ["refuse"]:
            raise NotAnArticleError("a list")
        case ["eat"]:
            bytearray(2**40)
    segments = [Segment(Label.BODY, order, "it says so")]
    return Article(id=page.id or "", text=order, segments=segments, evidence={"pid": str(os.getpid())})
