"""The connection to a host: certificates are always verified, and what goes wrong is sorted into two kinds.

Some a later attempt may mend (`Interrupted`); the rest is the user's to mend (`InputError`).
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import responses
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util.ssl_ import create_urllib3_context

from impactsound.errors import InputError

GUIDE = "docs/greatest-hits.md"
HOME = "https://andrewowens.com/vis"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
PASSING = (408, 425, 429, 500, 502, 503, 504)  # statuses that often pass (RFC 9110, 15; RFC 6585; RFC 8470)
REDIRECTS = 5
TIMEOUT = (30, 60)  # seconds to be connected, and without a byte


class Interrupted(Exception):
    """A transfer stopped for a reason that may pass; `wait` is for how many seconds the host asked."""

    def __init__(self, reason: str, wait: float = 0.0):
        super().__init__(reason)
        self.wait = wait


class Trusting(HTTPAdapter):
    """Knows the certificates of a PEM file beside those that everybody trusts; no check is left out."""

    def __init__(self, certificates: str):
        self.context = create_urllib3_context()
        self.context.verify_flags &= (
            ~ssl.VERIFY_X509_PARTIAL_CHAIN
        )  # a chain leads to a root, whatever Python's version
        try:
            self.context.load_verify_locations(cafile=certificates)
        except OSError as error:
            raise InputError(
                f"{certificates}: download.ca_bundle is no file of certificates in PEM; make it as {GUIDE} says"
            ) from error
        super().__init__()

    def init_poolmanager(self, *arguments, **options) -> None:
        super().init_poolmanager(*arguments, ssl_context=self.context, **options)

    def proxy_manager_for(self, proxy: str, **options):
        return super().proxy_manager_for(proxy, ssl_context=self.context, **options)


class Session(requests.Session):
    """Requests of bytes as they are stored, over TLS; without it only of this machine itself.

    Args:
        ca_bundle: a PEM file of certificates to trust besides; None for no others.

    Raises:
        InputError: if that file is none.
    """

    def __init__(self, ca_bundle: str | None = None):
        super().__init__()
        self.headers["Accept-Encoding"] = "identity"
        if ca_bundle:
            self.mount("https://", Trusting(ca_bundle))

    def open(self, url: str, headers: dict[str, str]) -> requests.Response:
        """The answer to a GET, its body unread, after at most `REDIRECTS` redirects."""
        for _ in range(REDIRECTS + 1):
            response = self.get(url, headers=headers, stream=True, timeout=TIMEOUT)
            target = self.get_redirect_target(response)
            if target is None:
                return response
            response.close()
            url = urljoin(url, target)
        raise requests.TooManyRedirects(response=response)

    def resolve_redirects(self, *_, **__):
        """None: requests would read a redirect's body first, however long it is."""
        return iter(())

    def get_adapter(self, url: str) -> HTTPAdapter:
        """The adapter for a URL, that of a redirect too: none leads off TLS."""
        place = urlsplit(url)
        if place.scheme.lower() != "https" and place.hostname not in LOOPBACK:
            raise InputError(f"{url}: is not https, so anybody on the way could change it; give an https URL")
        return super().get_adapter(url)


@contextmanager
def failures(url: str) -> Iterator[None]:
    """Raise `Interrupted` or `InputError` for whatever goes wrong between here and the host."""
    try:
        yield
    except InputError:
        raise
    except requests.TooManyRedirects as error:
        raise InputError(f"{url}: is redirected without end; set download.url to where the file is now") from error
    except ValueError as error:  # of requests and urllib3 those that are about a URL
        raise InputError(f"{url}: is no valid URL, or leads to none; set download.url to where the file is") from error
    except (requests.RequestException, HTTPError) as error:
        reason = root(error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise InputError(
                f"{url}: the host's certificate cannot be verified ({reason.verify_message.rstrip('.')}); "
                f"give what is missing as download.ca_bundle, as {GUIDE} says"
            ) from error
        raise Interrupted(said(reason)) from error


def root(error: BaseException) -> BaseException:
    """The error at the bottom of those that libraries have wrapped around it."""
    while True:
        within = [error.__cause__, getattr(error, "reason", None), *error.args, error.__context__]
        within = [inner for inner in within if isinstance(inner, Exception)]
        if not within:
            return error
        error = within[0]


def said(error: object) -> str:
    """What an error says, in one printable line; some of it may be what a host or a file has said.

    >>> said(ValueError("no\\n\\x1b[2J way"))
    'no [2J way'
    """
    words = "".join(letter if letter.isprintable() else " " for letter in str(error)).split()
    return " ".join(words)[:300] or type(error).__name__


def check_status(response: requests.Response, url: str) -> None:
    """Pass an answer that brings bytes (200, 206), or says that a range lies outside of the file (416).

    Raises:
        Interrupted: of a status that often passes.
        InputError: of any other.
    """
    status = response.status_code
    if status in (200, 206, 416):
        return
    said = f"{status} {responses.get(status, '')}".strip()
    if status in PASSING:
        asked = response.headers.get("Retry-After", "")
        raise Interrupted(f"the host answers {said}", float(asked) if asked.isdecimal() else 0.0)
    raise InputError(f"{url}: the host answers {said}; see {HOME} for where the file is now, and set download.url")
