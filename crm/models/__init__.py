"""Tables, one noun a file. Importing this package registers them all with `Base.metadata`."""

from crm.models.activities import Activity
from crm.models.attachments import Attachment
from crm.models.audit import AuditEntry, AuditHead, ContactReveal
from crm.models.base import Base
from crm.models.chains import Chain, ChainMember, ChainRevision, Segment, SegmentChange, SegmentEdge
from crm.models.changes import BulkChange, BulkChangeRow, Merge
from crm.models.comments import Comment
from crm.models.commitments import Commitment
from crm.models.counters import Counter
from crm.models.drafts import LeadDraft
from crm.models.enterprises import Contact, Enterprise, EnterpriseAlias
from crm.models.follow_ups import FollowUp
from crm.models.gap_targets import GapTarget, Purchase
from crm.models.gates import CapitalIncrease, Evidence, MonthlyRecord, StageRequest
from crm.models.heartbeat import Heartbeat
from crm.models.imports import ImportHeader, ImportRow, ImportRun
from crm.models.industries import IndustryCode
from crm.models.introductions import Introduction
from crm.models.inventory import InventoryStamp
from crm.models.issues import Issue
from crm.models.jobs import Job
from crm.models.leads import Lead
from crm.models.matches import Match
from crm.models.notices import Notice
from crm.models.outbox import OutboxMail
from crm.models.parks import (
    Building,
    LandParcel,
    Offer,
    Park,
    ParkAlias,
    ParkManager,
    ParkPositioning,
    Platform,
    Unit,
)
from crm.models.people import AccountLink, Person, Section
from crm.models.placements import Placement
from crm.models.plans import PlanTask, PlanVersion
from crm.models.policies import Policy, Target, TierMeasure
from crm.models.projects import Project, StageChange
from crm.models.reminders import Reminder, Snooze
from crm.models.reports import WeeklySnapshot
from crm.models.search import SearchEntry
from crm.models.sessions import SignInAttempt, UserSession
from crm.models.settings import CalendarDay, SettingVersion
from crm.models.transfers import Transfer
from crm.models.views import RecordTag, SavedView

__all__ = [
    "AccountLink",
    "Activity",
    "Attachment",
    "AuditEntry",
    "AuditHead",
    "Base",
    "Building",
    "BulkChange",
    "BulkChangeRow",
    "CalendarDay",
    "CapitalIncrease",
    "Chain",
    "ChainMember",
    "ChainRevision",
    "Comment",
    "Commitment",
    "Contact",
    "ContactReveal",
    "Counter",
    "Enterprise",
    "EnterpriseAlias",
    "Evidence",
    "FollowUp",
    "GapTarget",
    "Heartbeat",
    "ImportHeader",
    "ImportRow",
    "ImportRun",
    "IndustryCode",
    "Introduction",
    "InventoryStamp",
    "Issue",
    "Job",
    "LandParcel",
    "Lead",
    "LeadDraft",
    "Match",
    "Merge",
    "MonthlyRecord",
    "Notice",
    "Offer",
    "OutboxMail",
    "Park",
    "ParkAlias",
    "ParkManager",
    "ParkPositioning",
    "Person",
    "Placement",
    "PlanTask",
    "PlanVersion",
    "Platform",
    "Policy",
    "Project",
    "Purchase",
    "RecordTag",
    "Reminder",
    "SavedView",
    "SearchEntry",
    "Section",
    "Segment",
    "SegmentChange",
    "SegmentEdge",
    "SettingVersion",
    "SignInAttempt",
    "Snooze",
    "StageChange",
    "StageRequest",
    "Target",
    "TierMeasure",
    "Transfer",
    "Unit",
    "UserSession",
    "WeeklySnapshot",
]
