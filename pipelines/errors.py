"""The exceptions of the library, named by what to do with the page.

NewswinnowError                 anything this project raises on purpose; str(error) is one clear line
├── UsageError                  the call is wrong: tell the user, exit 2
│   └── ProfileError            a site profile does not validate; names file and key
├── PageError                   this page cannot become an article: record the reason, go on with the next
│   ├── EmptyPageError          no bytes, or no text in them                        reason "empty"
│   ├── BinaryPageError         an image, PDF, archive …, not a text                reason "binary"
│   ├── NotAnArticleError       a list, search or error page                        reason "not-an-article"
│   ├── UnreadablePageError     a file or record that could not be read             reason "unreadable"
│   └── FetchError              no usable answer: HTTP status, DNS, time-out        reason "fetch"
├── MemoryFileError             a file of site memory cannot be read; it may be deleted
├── StoreError                  the store of record refused
│   └── StoreAwayError          it does not answer, is locked or full: try again later
└── DeliveryError               a sink did not take records: they stay in the outbox
    ├── SinkDownError           its target is away or overloaded: try again later, after `wait` seconds if it said so
    ├── SinkRefusedError        its target will never take these records: a person must look at them
    └── SinkStateError          what its target holds does not fit the outbox: a person must look at it
"""

from __future__ import annotations


class NewswinnowError(Exception):
    """Base of all errors raised on purpose; its text is one line that says what to do."""


class UsageError(NewswinnowError):
    """The call is wrong; the user can mend it. Commands exit with 2."""


class ProfileError(UsageError):
    """A site profile does not validate; the text names the file and the key."""


class PageError(NewswinnowError):
    """This page cannot become an article. `reason` is the short key that stats and records carry."""

    reason = "page"


class EmptyPageError(PageError):
    """The page has no bytes, or no text in them."""

    reason = "empty"


class BinaryPageError(PageError):
    """The bytes are an image, a PDF, an archive …, not a text."""

    reason = "binary"


class NotAnArticleError(PageError):
    """The page is a list, a search result or an error page."""

    reason = "not-an-article"


class UnreadablePageError(PageError):
    """A file or record could not be read (missing, torn gzip, broken JSON)."""

    reason = "unreadable"


class FetchError(PageError):
    """The server gave no usable answer (HTTP status, DNS, time-out)."""

    reason = "fetch"


class MemoryFileError(NewswinnowError):
    """A file of site memory cannot be read; deleted, it is learned again."""


class StoreError(NewswinnowError):
    """The store of record refused a write or cannot be opened."""


class StoreAwayError(StoreError):
    """The store of record does not answer, is locked or full: the same call may succeed later."""


class DeliveryError(NewswinnowError):
    """A sink did not take records; they stay in the outbox."""


class SinkDownError(DeliveryError):
    """The target is away or overloaded: the same again later. `wait` is how many seconds it asked for, or None."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class SinkRefusedError(DeliveryError):
    """The target is there and will never take these records as they are."""


class SinkStateError(DeliveryError):
    """What the target holds does not fit the outbox: another store's records, another format."""
