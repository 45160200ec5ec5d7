"""The OpenAPI document, made from the operations and their models."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import TypeAdapter

import studio
from studio.server.events import EVENTS
from studio.server.feed import JobNews
from studio.server.files import FILES
from studio.server.operation import PREFIX, Operation
from studio.server.refusal import Problem

_ABOUT = f"""What the studio offers to other programs, behind Jupyter's own authentication.

Send the server's token (`Authorization: token …`). A page that is logged in by cookie also sends Jupyter's
`X-XSRFToken` with every change. Errors are a `Problem`: what was wrong, where, and what to do next.

Beside what stands here:
- `{EVENTS}?project=…` is a websocket that tells jobs as they go on; each message is a `JobNews`.
- `{FILES}/<project>/<path>` serves files as they are, in ranges.

Seeds are texts: they have 64 bits, more than a JSON reader may keep.
"""

REFUSALS = {
    400: "The request can't be read.",
    403: "Not logged in, without the XSRF token, or not allowed to this role.",
    404: "No such thing.",
    409: "It can't be done as things are now.",
    413: "The request is too large.",
    422: "The request is not as it should be.",
    424: "A backend or language model did not do its part.",
    507: "The disk refuses.",
}


def document(operations: Sequence[Operation], base: str = "/") -> dict[str, Any]:
    """The document, in OpenAPI 3.1.

    Args:
        base: Jupyter's base URL.
    """
    schemas, components = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(PREFIX + one.path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Director's Notebook", "version": studio.__version__, "description": _ABOUT},
        "servers": [{"url": base.rstrip("/") or "/"}],
        "security": [{"token": []}, {"query": []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in operations)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token <the server's token>`",
                },
                "query": {"type": "apiKey", "in": "query", "name": "token"},
            },
        },
    }


_Key = tuple[str, str, str]
_Mode = Literal["validation", "serialization"]


def _schemas(operations: Iterable[Operation]) -> tuple[dict[_Key, dict[str, Any]], dict[str, Any]]:
    """The schema of each operation's parts, and the definitions that they share."""
    wanted: list[tuple[_Key, _Mode, TypeAdapter[Any]]] = [
        (("", "", "problem"), "serialization", TypeAdapter(Problem)),
        (("", "", "news"), "serialization", TypeAdapter(JobNews)),
    ]
    for one in operations:
        parts: tuple[Literal["path", "query", "body"], ...] = ("path", "query", "body")
        for part in parts:
            model = one.model(part)
            if model is not None:
                wanted.append(((one.method, one.path, part), "validation", TypeAdapter(model)))
        if one.answer is not None:
            wanted.append(((one.method, one.path, "answer"), "serialization", one.answer))
    found, shared = TypeAdapter.json_schemas(wanted, ref_template="#/components/schemas/{model}")
    schemas = {key: dict(schema) for (key, _), schema in found.items()}
    return schemas, dict(shared.get("$defs", {}))


def _operation(one: Operation, schemas: dict[_Key, dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.summary,
        "tags": [one.tag],
        "parameters": [*_parameters(one, "path"), *_parameters(one, "query")],
        "responses": _responses(one, schemas),
    }
    words = [one.description, f"Needs the permission `{one.may}`." if one.may else ""]
    if any(words):
        made["description"] = "\n\n".join(word for word in words if word)
    body = schemas.get((one.method, one.path, "body"))
    if body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return made


def _parameters(one: Operation, place: Literal["path", "query"]) -> list[dict[str, Any]]:
    """The fields of a model, each a parameter; what they refer to is written out, as it is small."""
    model = one.model(place)
    if model is None:
        return []
    schema = model.model_json_schema(mode="validation")
    required = set(schema.get("required", ()))
    found = []
    for name, field in schema.get("properties", {}).items():
        plain = _inlined(field, schema.get("$defs", {}))
        words = plain.pop("description", "")
        plain = _not_null(plain)
        found.append(
            {
                "name": name,
                "in": place,
                "required": place == "path" or name in required,
                "schema": plain,
                **({"description": words} if words else {}),
            }
        )
    return found


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            name = str(schema["$ref"]).rpartition("/")[2]
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return {**_inlined(definitions[name], definitions), **rest}
        return {key: _inlined(value, definitions) for key, value in schema.items()}
    return [_inlined(value, definitions) for value in schema] if isinstance(schema, list) else schema


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A query has no null: what is not sent is not there."""
    choices = schema.get("anyOf")
    if choices is None:
        return schema
    left = [one for one in choices if one.get("type") != "null"]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **left[0]} if len(left) == 1 else {**rest, "anyOf": left}


def _responses(one: Operation, schemas: dict[_Key, dict[str, Any]]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    answer = schemas.get((one.method, one.path, "answer"))
    if answer is not None:
        good["content"] = {"application/json": {"schema": answer}}
    elif one.gives_picture:
        binary = {"type": "string", "contentMediaType": "image/webp"}
        good["content"] = {"image/webp": {"schema": binary}}
    problem = {"application/json": {"schema": schemas["", "", "problem"]}}
    bad = {str(status): {"description": words, "content": problem} for status, words in REFUSALS.items()}
    return {str(one.status): good, **bad}
