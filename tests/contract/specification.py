"""Reads the published OpenAPI files: the route that a request belongs to, its schemas as plain JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "ghl-openapi"
MISSING = f"THE PUBLISHED SPECIFICATION IS MISSING: nothing was compared, because {FOLDER} is not there."
REMEDY = "Put the OpenAPI files (folders 2021-07-28, v3 and common) there, beside the project, and run it again."

Json = dict[str, Any]

_COMMON = "common-schemas.json"
_METHODS = ("get", "post", "put", "patch", "delete")
# What validation needs. Examples and prose stay out, and so do marks like readOnly, which say nothing here.
_KEPT = ("type", "enum", "format", "pattern", "minimum", "maximum", "maxLength", "additionalProperties")


@dataclass(frozen=True, slots=True)
class Route:
    """One published operation. `bodies` and `answers` hold a schema, or None where the file has none at all."""

    template: str
    parameters: tuple[Json, ...]
    bodies: Mapping[str, Json | None]
    body_required: bool
    answers: Mapping[int, Mapping[str, Json | None]]
    needs_token: bool

    def parameters_in(self, place: str) -> dict[str, Json]:
        """Name -> description of the parameters in "query", "path" or "header"."""
        return {found["name"]: found for found in self.parameters if found["in"] == place}


class Specification:
    """All published routes of one generation. A file that refers to something unknown is a KeyError."""

    def __init__(self, generation: str, folder: Path = FOLDER) -> None:
        common = json.loads((folder / "common" / _COMMON).read_text())
        self._routes = dict(
            route
            for file in sorted((folder / generation).glob("*.json"))
            for route in _routes(Documents(json.loads(file.read_text()), common))
        )

    def route(self, method: str, path: str) -> Route | None:
        """The route of a request on the wire; where several fit, the one with the most literal segments."""
        fitting = [
            route for (verb, template), route in self._routes.items() if verb == method and _fits(template, path)
        ]
        return min(fitting, key=lambda route: route.template.count("{"), default=None)


@dataclass(frozen=True, slots=True)
class Documents:
    """An OpenAPI document and the one that all of them refer to."""

    own: Json
    common: Json

    def follow(self, reference: str) -> tuple[Json, "Documents"]:
        """What a $ref points to, and the documents that its own references are relative to."""
        file, _, pointer = reference.partition("#/")
        target = Documents(self.common, self.common) if file.endswith(_COMMON) else self
        found = target.own
        for step in pointer.split("/"):
            found = found[step]
        return found, target


def plain(schema: Json, documents: Documents, trail: tuple[str, ...] = ()) -> Json:
    """The schema without $ref, nullable and single allOf, closed to keys that it does not name.

    Closed, although the files rarely say so: the API refuses unknown keys in a body, and in an answer every
    undocumented key is worth a row. A schema that contains itself is open from the second round on.
    """
    if "$ref" in schema:
        reference = schema["$ref"]
        found, target = documents.follow(reference)
        return {} if reference in trail else plain(found, target, (*trail, reference))
    result = _merged(plain(part, documents, trail) for part in schema.get("allOf", ()))
    result |= {key: schema[key] for key in _KEPT if key in schema}
    for key in ("oneOf", "anyOf"):
        if key in schema:
            result[key] = [plain(part, documents, trail) for part in schema[key]]
    if "items" in schema:
        result["items"] = plain(schema["items"], documents, trail)
    if schema.get("properties"):
        result |= _object(schema, documents, trail)
    if isinstance(schema.get("additionalProperties"), dict):
        result["additionalProperties"] = plain(schema["additionalProperties"], documents, trail)
    return _nullable(result) if schema.get("nullable") else result


def is_blank(schema: Json | None) -> bool:
    """Whether a schema says nothing beyond "an object"."""
    return schema is None or (not set(schema) - {"type"} and schema.get("type") in (None, "object"))


def _object(schema: Json, documents: Documents, trail: tuple[str, ...]) -> Json:
    properties = {name: plain(part, documents, trail) for name, part in schema["properties"].items()}
    required = schema.get("required")
    return {
        "properties": properties,
        # Some files put a bare `required: true` on a property, which means nothing in JSON Schema.
        "required": required if isinstance(required, list) else [],
        "additionalProperties": schema.get("additionalProperties", False),
    }


def _merged(parts: Iterator[Json]) -> Json:
    """Several schemas as one. Only objects are ever combined there, and almost always a single one."""
    merged: Json = {}
    for part in parts:
        properties = merged.get("properties", {}) | part.get("properties", {})
        required = [*merged.get("required", []), *part.get("required", [])]
        merged |= part
        if properties:
            merged |= {"properties": properties, "required": required}
    return merged


def _nullable(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]} if schema else {}


def _routes(documents: Documents) -> Iterator[tuple[tuple[str, str], Route]]:
    for template, methods in documents.own["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield (method.upper(), template), _route(template, methods[method], documents)


def _route(template: str, operation: Json, documents: Documents) -> Route:
    body = operation.get("requestBody", {})
    return Route(
        template=template,
        parameters=tuple(
            found | {"schema": plain(found.get("schema", {}), documents)}
            for found in operation.get("parameters", ())
        ),
        bodies=_by_content(body, documents),
        body_required=bool(body.get("required")),
        answers={
            int(status): _by_content(answer, documents)
            for status, answer in operation["responses"].items()
            if status.isdigit()
        },
        needs_token=bool(operation.get("security")),
    )


def _by_content(described: Json, documents: Documents) -> dict[str, Json | None]:
    return {
        kind: plain(media["schema"], documents) if "schema" in media else None
        for kind, media in described.get("content", {}).items()
    }


def _fits(template: str, path: str) -> bool:
    """Whether the path is one of the template's; a trailing slash counts, and no placeholder is empty."""
    parts, given = template.split("/"), path.split("/")
    return len(parts) == len(given) and all(
        bool(value) if part.startswith("{") else part == value for part, value in zip(parts, given, strict=True)
    )
