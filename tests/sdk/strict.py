"""Holds JSON against the types of the official clients, strictly: no member that a type does not know, none missing that it
demands, every value of its kind. The clients themselves let most of that pass."""

import base64
import collections.abc
import datetime
import enum
import types
import typing
from typing import Annotated, Any, Literal, Union

import botocore.session
import botocore.validate
from pydantic import BaseModel
from typing_extensions import NotRequired, Required, TypeAliasType, is_typeddict

WRAPPERS = (Annotated, Required, NotRequired)
LISTS = (list, collections.abc.Iterable, collections.abc.Sequence)
PLAIN = {str: (str,), bytes: (str,), datetime.datetime: (str,), bool: (bool,), int: (int,), float: (int, float), type(None): (type(None),)}


class Fault(typing.NamedTuple):
    path: str
    what: str

    def __str__(self):
        return f"{self.path}: {self.what}"


def faults(kind, value, path=""):
    """What is wrong with a value for a type: a TypedDict, a pydantic model, or what their members are made of."""
    while typing.get_origin(kind) in WRAPPERS:
        kind = typing.get_args(kind)[0]
    if isinstance(kind, TypeAliasType):
        return faults(kind.__value__, value, path)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind in (Any, object):
        return []
    if origin in (Union, types.UnionType):
        return least([faults(one, value, path) for one in inner])
    if origin is Literal or isinstance(kind, enum.EnumMeta):
        words = inner or [member.value for member in kind]
        return [] if value in words else [Fault(path, f"{value!r} is none of {words}")]
    if is_typeddict(kind) or isinstance(kind, type) and issubclass(kind, BaseModel):
        return of_object(kind, value, path)
    if origin in LISTS or kind is list:
        if not isinstance(value, list):
            return [Fault(path, "is no list")]
        return [fault for at, one in enumerate(value) for fault in faults(inner[0] if inner else Any, one, f"{path}[{at}]")]
    if origin in (dict, collections.abc.Mapping) or kind is dict:
        if not isinstance(value, dict):
            return [Fault(path, "is no object")]
        return [fault for key, one in value.items() for fault in faults(inner[1] if inner else Any, one, f"{path}.{key}")]
    if kind in PLAIN:
        right = isinstance(value, PLAIN[kind]) and (kind is bool or not isinstance(value, bool))
        return [] if right else [Fault(path, f"{value!r} is no {kind.__name__}")]
    return [Fault(path, f"nobody here knows the type {kind}")]


def least(of_each):
    """Of a union's faults those of the member that was most likely meant: whose `type` is right, and which got furthest."""

    def likely(found):
        wrong_kind = any(fault.path.rpartition(".")[2] in ("type", "role") for fault in found)
        return (not wrong_kind, max((len(fault.path) for fault in found), default=0), -len(found))

    return [] if [] in of_each else max(of_each, key=likely)


def of_object(kind, value, path):
    if not isinstance(value, dict):
        return [Fault(path, f"is no object for {kind.__name__}")]
    if is_typeddict(kind):
        members, needed = typing.get_type_hints(kind, include_extras=True), kind.__required_keys__
    else:
        fields = {field.alias or name: field for name, field in kind.model_fields.items()}
        members = {name: field.annotation for name, field in fields.items()}
        needed = [name for name, field in fields.items() if field.is_required()]
    found = [Fault(f"{path}.{name}", f"is demanded by {kind.__name__}") for name in needed if name not in value]
    for name, one in value.items():
        unknown = [Fault(f"{path}.{name}", f"is unknown to {kind.__name__}")]
        found += faults(members[name], one, f"{path}.{name}") if name in members else unknown
    return found


BEDROCK = botocore.session.get_session().get_service_model("bedrock-runtime")


def of_shape(shape, value, path=""):
    """The same for a shape of botocore's model."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict) and not getattr(shape, "is_document_type", False):
        found = []
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            found.append(Fault(path, f"is a union, and has {list(value)}"))
        for name, one in value.items():
            unknown = [Fault(f"{path}.{name}", f"is unknown to {shape.name}")]
            found += of_shape(shape.members[name], one, f"{path}.{name}") if name in shape.members else unknown
        return found
    if kind == "string" and shape.enum and value not in shape.enum:
        return [Fault(path, f"{value!r} is none of {shape.name}")]
    if kind == "list" and isinstance(value, list):
        return [fault for at, one in enumerate(value) for fault in of_shape(shape.member, one, f"{path}[{at}]")]
    if kind == "map" and isinstance(value, dict):
        return [fault for key, one in value.items() for fault in of_shape(shape.value, one, f"{path}.{key}")]
    return []


def of_input(operation, value):
    """And with botocore's own check of what is demanded and of what kind things are."""
    shape = BEDROCK.operation_model(operation).input_shape
    # The model's name is in the path.
    value = {"modelId": "model"} | value
    report = botocore.validate.ParamValidator().validate(unpacked(shape, value), shape)
    told = [Fault("", line) for line in report.generate_report().splitlines()]
    return told + of_shape(shape, value)


def unpacked(shape, value):
    """Bytes are base64 on the wire."""
    if shape.type_name == "blob" and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    if shape.type_name == "structure" and isinstance(value, dict):
        return {name: unpacked(shape.members[name], one) if name in shape.members else one for name, one in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [unpacked(shape.member, one) for one in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: unpacked(shape.value, one) for key, one in value.items()}
    return value
