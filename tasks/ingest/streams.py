"""The five streams that a log may carry: fields, tables, and what makes two lines the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["text", "time", "date", "integer", "boolean", "texts"]
StreamName = Literal["interactions", "flits", "birds", "follows", "erasures"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a stream.

    `choices`: the values allowed, all if empty. `may_be_empty`: an empty text is a value and not a missing one.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def is_id(self) -> bool:
        return self.name.endswith("_id") or self.name == "reply_to"


@dataclass(frozen=True, slots=True)
class Stream:
    """What lines of a stream hold.

    `time`: the field that says when it happened. `key`: fields that identify an event or a state.
    `states`: a differing line with the same key is a later state; otherwise any line with the same key is a duplicate.
    `any_of`: fields of which at least one must be given.
    """

    name: StreamName
    table: str
    fields: tuple[Field, ...]
    time: str
    key: tuple[str, ...]
    states: bool = False
    any_of: tuple[str, ...] = ()

    def field(self, name: str) -> Field:
        """The field called `name`; KeyError where there is none."""
        return {field.name: field for field in self.fields}[name]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self.fields)


KINDS = ("view", "click", "like", "reply", "reflit", "share", "hide", "report")
SURFACES = ("feed", "search", "profile", "ad")
MEDIA = ("text", "photo", "video", "sound")
ACTIONS = ("follow", "unfollow")

_STREAMS = (
    Stream(
        name="interactions",
        table="raw_interaction",
        time="occurred_at",
        key=("event_id",),
        fields=(
            Field("event_id", required=True),
            Field("occurred_at", "time", required=True),
            Field("bird_id", required=True),
            Field("flit_id", required=True),
            Field("kind", required=True, choices=KINDS),
            Field("surface", choices=SURFACES),
            Field("session_id"),
            Field("dwell_ms", "integer"),
        ),
    ),
    Stream(
        name="flits",
        table="raw_flit",
        time="posted_at",
        key=("flit_id",),
        states=True,
        fields=(
            Field("flit_id", required=True),
            Field("bird_id", required=True),
            Field("posted_at", "time", required=True),
            Field("text", required=True, may_be_empty=True),  # a photo needs no words
            Field("media", choices=MEDIA),
            Field("lang"),
            Field("hashtags", "texts"),
            Field("reply_to"),
            Field("sensitive", "boolean"),
            Field("advertiser_id"),
        ),
    ),
    Stream(
        name="birds",
        table="raw_bird",
        time="joined_at",
        key=("bird_id",),
        states=True,
        fields=(
            Field("bird_id", required=True),
            Field("joined_at", "time", required=True),
            Field("geo"),
            Field("born_on", "date"),
        ),
    ),
    Stream(
        name="follows",
        table="raw_follow",
        time="occurred_at",
        key=("event_id",),
        fields=(
            Field("event_id", required=True),
            Field("occurred_at", "time", required=True),
            Field("bird_id", required=True),
            Field("followee_id", required=True),
            Field("action", required=True, choices=ACTIONS),
        ),
    ),
    Stream(
        name="erasures",
        table="raw_erasure",
        time="requested_at",
        key=("requested_at", "bird_id", "flit_id"),
        any_of=("bird_id", "flit_id"),
        fields=(
            Field("requested_at", "time", required=True),
            Field("bird_id"),
            Field("flit_id"),
        ),
    ),
)

STREAMS: Mapping[str, Stream] = MappingProxyType({stream.name: stream for stream in _STREAMS})
