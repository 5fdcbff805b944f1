"""Target enterprises of a gap (靶向招商): who could fill it, who goes after whom until when, and what came of it.

candidates(session, actor, chain_key, segment_key)        who could be listed, best first, with reasons
add(session, actor, chain_key, segment_key, wanted)       put firms on the list
promote(session, actor, target_id, version, promotion)    a target becomes a lead with source 靶向招商
closure(session, chain_id)                                what the lists have closed, and how long it took
"""

from crm.services.targets.candidates import CandidateRow, Candidates, candidates
from crm.services.targets.closure import Closure, Funnel, closure, funnel
from crm.services.targets.judging import Judged, judge
from crm.services.targets.keeping import Change, Listing, add, change, drop, may_change, reopen
from crm.services.targets.promoting import Promotion, link, open_leads, promote
from crm.services.targets.reading import Shown, Wanted, counts, find, listed, load, of_enterprise, of_segment, owners

__all__ = [
    "CandidateRow",
    "Candidates",
    "Change",
    "Closure",
    "Funnel",
    "Judged",
    "Listing",
    "Promotion",
    "Shown",
    "Wanted",
    "add",
    "candidates",
    "change",
    "closure",
    "counts",
    "drop",
    "find",
    "funnel",
    "judge",
    "link",
    "listed",
    "load",
    "may_change",
    "of_enterprise",
    "of_segment",
    "open_leads",
    "owners",
    "promote",
    "reopen",
]
