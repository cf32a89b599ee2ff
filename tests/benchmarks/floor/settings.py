"""The product's settings with the floor view beside its pages."""

from pathlib import Path

from config.settings import *  # noqa: F403
from config.settings import TEMPLATES

ROOT_URLCONF = "tests.benchmarks.floor.urls"
TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")
