"""Who may do what: one permission enum and one role table, pure (DOMAIN §2).

Default is deny: an endpoint without a permission does not answer, a role without the permission gets 404 for records
and 403 for functions. Three duties are separated: no role can both grant roles and change or erase records.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    OFFICER = "officer"
    CHIEF = "chief"
    PARK_MANAGER = "park_manager"
    CHAIN_TEAM = "chain_team"
    LEADER = "leader"
    ADMIN = "admin"
    SECURITY = "security"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """`resource:action`. Scope (own, section, park, all) is decided by the loader in `services.access`."""

    DESK_VIEW = "desk:view"
    LEADS_VIEW = "leads:view"
    LEADS_CREATE = "leads:create"
    LEADS_EDIT = "leads:edit"
    LEADS_ASSIGN = "leads:assign"
    LEADS_SCREEN = "leads:screen"
    LEADS_CLAIM = "leads:claim"
    LEADS_TRANSFER = "leads:transfer"
    CONTACTS_VIEW = "contacts:view"
    CONTACTS_REVEAL = "contacts:reveal"
    INTRODUCTIONS_SEND = "introductions:send"
    INTRODUCTIONS_VIEW = "introductions:view"
    INTRODUCTIONS_ANSWER = "introductions:answer"
    PROJECTS_VIEW = "projects:view"
    PROJECTS_EDIT = "projects:edit"
    PROJECTS_APPROVE = "projects:approve"
    ISSUES_VIEW = "issues:view"
    ISSUES_EDIT = "issues:edit"
    ISSUES_SUPERVISE = "issues:supervise"
    DECISIONS_GIVE = "decisions:give"
    COMMENTS_WRITE = "comments:write"
    RECORDS_IMPORT = "records:import"
    RECORDS_EXPORT = "records:export"
    RECORDS_MERGE = "records:merge"
    ENTERPRISES_VIEW = "enterprises:view"
    ENTERPRISES_EDIT = "enterprises:edit"
    CHAINS_VIEW = "chains:view"
    CHAINS_EDIT = "chains:edit"
    PLANS_APPROVE = "plans:approve"
    TARGETS_VIEW = "targets:view"
    TARGETS_EDIT = "targets:edit"
    PURCHASES_VIEW = "purchases:view"
    PURCHASES_EDIT = "purchases:edit"
    PARKS_VIEW = "parks:view"
    PARKS_EDIT = "parks:edit"
    POLICIES_VIEW = "policies:view"
    REPORTS_VIEW = "reports:view"
    REMINDERS_SNOOZE = "reminders:snooze"
    NOTICES_VIEW = "notices:view"
    ACCOUNT_SELF = "account:self"
    SEARCH_USE = "search:use"
    SETTINGS_VIEW = "settings:view"
    SETTINGS_EDIT = "settings:edit"
    MAILBOX_VIEW = "mailbox:view"
    USERS_VIEW = "users:view"
    USERS_MANAGE = "users:manage"
    AUDIT_VIEW = "audit:view"


_EVERYONE = {Permission.DESK_VIEW, Permission.NOTICES_VIEW, Permission.ACCOUNT_SELF, Permission.SEARCH_USE}
_READS = {
    Permission.LEADS_VIEW,
    Permission.PROJECTS_VIEW,
    Permission.ENTERPRISES_VIEW,
    Permission.CHAINS_VIEW,
    Permission.PARKS_VIEW,
    Permission.POLICIES_VIEW,
    Permission.REPORTS_VIEW,
    Permission.INTRODUCTIONS_VIEW,
    Permission.CONTACTS_VIEW,
    Permission.ISSUES_VIEW,
    Permission.TARGETS_VIEW,
    Permission.PURCHASES_VIEW,
    Permission.RECORDS_EXPORT,
    Permission.COMMENTS_WRITE,
}
_OFFICER = (
    _EVERYONE
    | _READS
    | {
        Permission.LEADS_CREATE,
        Permission.LEADS_EDIT,
        Permission.LEADS_SCREEN,
        Permission.LEADS_CLAIM,
        Permission.CONTACTS_REVEAL,
        Permission.INTRODUCTIONS_SEND,
        Permission.PROJECTS_EDIT,
        Permission.ENTERPRISES_EDIT,
        Permission.ISSUES_EDIT,
        Permission.TARGETS_EDIT,
        Permission.PURCHASES_EDIT,
        Permission.RECORDS_IMPORT,
        Permission.RECORDS_MERGE,
        Permission.REMINDERS_SNOOZE,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OFFICER: frozenset(_OFFICER),
    Role.CHIEF: frozenset(
        _OFFICER
        | {
            Permission.LEADS_ASSIGN,
            Permission.LEADS_TRANSFER,
            Permission.PROJECTS_APPROVE,
            Permission.ISSUES_SUPERVISE,
        }
    ),
    Role.PARK_MANAGER: frozenset(
        _EVERYONE
        | {
            Permission.INTRODUCTIONS_VIEW,
            Permission.INTRODUCTIONS_ANSWER,
            Permission.PARKS_VIEW,
            Permission.PARKS_EDIT,
            Permission.CHAINS_VIEW,
            Permission.POLICIES_VIEW,
            Permission.REPORTS_VIEW,
            Permission.REMINDERS_SNOOZE,
        }
    ),
    Role.CHAIN_TEAM: frozenset(
        _EVERYONE
        | {
            Permission.CHAINS_VIEW,
            Permission.CHAINS_EDIT,
            Permission.TARGETS_VIEW,
            Permission.TARGETS_EDIT,
            Permission.PURCHASES_VIEW,
            Permission.PURCHASES_EDIT,
            Permission.REMINDERS_SNOOZE,
            Permission.PROJECTS_VIEW,
            Permission.ENTERPRISES_VIEW,
            Permission.PARKS_VIEW,
            Permission.POLICIES_VIEW,
            Permission.REPORTS_VIEW,
        }
    ),
    Role.LEADER: frozenset(
        _EVERYONE | _READS | {Permission.ISSUES_SUPERVISE, Permission.DECISIONS_GIVE, Permission.PLANS_APPROVE}
    ),
    Role.ADMIN: frozenset(
        _EVERYONE
        | {
            Permission.SETTINGS_VIEW,
            Permission.SETTINGS_EDIT,
            Permission.MAILBOX_VIEW,
            Permission.POLICIES_VIEW,
            Permission.CHAINS_VIEW,
            Permission.PARKS_VIEW,
            Permission.REPORTS_VIEW,
        }
    ),
    Role.SECURITY: frozenset(_EVERYONE | {Permission.USERS_VIEW, Permission.USERS_MANAGE, Permission.POLICIES_VIEW}),
    Role.AUDITOR: frozenset(
        _EVERYONE | {Permission.AUDIT_VIEW, Permission.SETTINGS_VIEW, Permission.USERS_VIEW, Permission.POLICIES_VIEW}
    ),
}


def allowed(role: Role, permission: Permission) -> bool:
    """Whether the role has the permission at all; which records it reaches is another question."""
    return permission in ROLE_PERMISSIONS[role]
