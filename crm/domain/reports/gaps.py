"""Chain gaps that closed and opened within a week."""

from __future__ import annotations

from dataclasses import dataclass

_GAP = frozenset({"missing", "filling"})
_HELD = frozenset({"weak", "strong"})


@dataclass(frozen=True, slots=True)
class GapMove:
    """One segment whose status at the end of the week is not the one at its beginning, by words of `SegmentStatus`."""

    chain_key: str
    chain: str
    chain_en: str | None
    segment_key: str
    name: str
    name_en: str | None
    before: str
    after: str
    is_demo: bool = False

    @property
    def is_closed(self) -> bool:
        """A gap came nearer to being none: somebody signed for it, or stands there now."""
        return (self.before == "missing" and self.after == "filling") or (self.before in _GAP and self.after in _HELD)

    @property
    def is_opened(self) -> bool:
        """A gap that was none, or was being filled."""
        return self.after == "missing" and self.before != "missing"
