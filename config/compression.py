"""Compresses pages with whatever the browser takes best: zstd, then brotli, then gzip."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django_http_compression import middleware
from django_http_compression.middleware import HttpCompressionMiddleware

# A page is made anew each time: Brotli's quickest is 3 kB longer than its fourth, and takes a quarter of the time.
middleware.BROTLI_QUALITY = 1


class CompressedPages(HttpCompressionMiddleware):
    """Stands inside of WhiteNoise, whose files are compressed already when they are collected.

    A page repeats what its address asks for beside what only its reader may know, so its compressed length tells
    something of both (BREACH). The base class sends a header of random length with each compressed answer, and
    Django masks the CSRF token anew in each page.
    """

    def maybe_compress(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Leaves streams alone: a download is as long as it said it would be."""
        if response.streaming:
            return
        if self.content_type_re.match(response.headers.get("Content-Type", "")):
            # The plain answer, too: a cache that kept it would hand it to those who take it compressed.
            patch_vary_headers(response, ("Accept-Encoding",))
        super().maybe_compress(request, response)
