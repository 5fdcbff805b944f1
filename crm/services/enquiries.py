"""Enquiries of the public site: each becomes a lead with source 专题网站, without owner and section (DOMAIN §2).

The visitor learns a number and nothing else: not whether the enterprise is known, nor by whom.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from crm.domain.labels import N_
from crm.domain.leads import LeadSource
from crm.services.contacts import ContactFacts
from crm.services.enterprises import EnterpriseFacts
from crm.services.leads import LogLead, log_lead

#: An enquiry is logged even if somebody has the enterprise: the officer who takes it sees that, the visitor not.
_REASON = N_("专题网站提交，由接手的专员核对是否重复")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """What a visitor typed. `reach` is a phone number or a mail address."""

    enterprise: str
    contact: str
    reach: str
    words: str
    request_id: str | None = None


def submit(session: Session, enquiry: Enquiry) -> str:
    """Log the enquiry and return its number; the same request id returns the same one. Invalid for bad values."""
    by_mail = "@" in enquiry.reach
    contact = ContactFacts(
        name=enquiry.contact,
        phone="" if by_mail else enquiry.reach,
        email=enquiry.reach if by_mail else "",
    )
    command = LogLead(
        enterprise=EnterpriseFacts(name=enquiry.enterprise),
        contact=contact,
        source=LeadSource.WEBSITE,
        content=enquiry.words,
        request_id=enquiry.request_id,
        duplicate_reason=_REASON,
    )
    return log_lead(session, None, command).number
