"""The cache in the broker's Redis. Apart from the other, whose users need not load its library at every start."""

from typing import Any

from django.core.cache.backends import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from config.cache import LEFT_ALONE_SECONDS, Forgiving
from integrations.security.breaker import Breaker

# Connection options of redis-py, which would otherwise wait for ever, and three times over.
OPTIONS = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5, "retry": Retry(NoBackoff(), 0)}


class RedisCache(Forgiving, redis.RedisCache):
    """Redis that hangs or is down."""

    breaker = Breaker(LEFT_ALONE_SECONDS)
    failures = (RedisError, OSError)

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": OPTIONS | params.get("OPTIONS", {})})
