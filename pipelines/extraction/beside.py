"""What others want to know of an article, reckoned in the process that took it apart: the crawl's own has no time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.extraction.memory.site import Lesson, Reading
from pipelines.items import Article, Beside


@dataclass(frozen=True, slots=True)
class Taken:
    """What a job gave, and what was reckoned beside its article."""

    found: Article | Reading
    beside: Beside

    @property
    def article(self) -> Article:
        """The article."""
        return self.found if isinstance(self.found, Article) else self.found.article

    @property
    def lesson(self) -> Lesson | None:
        """What the page taught of its site."""
        return None if isinstance(self.found, Article) else self.found.lesson


@dataclass(frozen=True)
class Reckoned:
    """A job for a Worker, with functions of its article; all importable by name."""

    job: Callable[..., Article | Reading]
    functions: Sequence[Callable[[Article], Any]]

    @property
    def module(self) -> str:
        """The module that a process should have imported before its first page."""
        return str(getattr(self.job, "module", self.job.__module__))

    def __call__(self, *given: Any) -> Taken:
        """What the job gives of a page, with the answers of the functions. Raises what these raise."""
        found = self.job(*given)
        article = found if isinstance(found, Article) else found.article
        values = {f"{function.__module__}.{function.__name__}": function(article) for function in self.functions}
        return Taken(found, Beside(article.title, article.text, values))
