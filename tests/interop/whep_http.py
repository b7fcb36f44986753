"""The HTTP side of a WHEP player: POST an offer, DELETE the session (draft-ietf-wish-whep)."""

import ssl
import urllib.error
import urllib.parse
import urllib.request


class Refused(Exception):
    """The offer got no answer, or another one than 201."""


class Session:
    def __init__(self, url, insecure=False):
        self.url = url
        self.location = None
        self.etag = None
        self.context = ssl._create_unverified_context() if insecure else None

    def post(self, offer):
        """Sends the offer, returns the answer."""
        request = urllib.request.Request(
            self.url,
            data=offer.encode(),
            method="POST",
            headers={"Content-Type": "application/sdp", "Accept": "application/sdp"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10, context=self.context) as response:
                body = response.read().decode()
                if response.status != 201:
                    raise Refused(f"HTTP {response.status} instead of 201: {body[:500]}")
                if response.headers.get_content_type() != "application/sdp":
                    raise Refused(f"the answer is {response.headers.get_content_type()}")
                location = response.headers.get("Location")
                if not location:
                    raise Refused("201 without Location")
                self.location = urllib.parse.urljoin(self.url, location)
                self.etag = response.headers.get("ETag")
                return body
        except urllib.error.HTTPError as error:
            raise Refused(f"HTTP {error.code}: {error.read().decode()[:500]}") from error
        except OSError as error:
            raise Refused(f"no answer from {self.url}: {error}") from error

    def delete(self):
        """Ends the session; returns the HTTP status, or None when there is no session."""
        if not self.location:
            return None
        request = urllib.request.Request(self.location, method="DELETE")
        try:
            with urllib.request.urlopen(request, timeout=5, context=self.context) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None
