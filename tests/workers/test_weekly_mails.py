"""The weekly mails: rendered in both languages, compared with their snapshots, and built of what mail programs know.

After a wanted change: LIANTU_UPDATE_SNAPSHOTS=1 pytest tests/workers/test_weekly_mails.py, then read the difference.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import time_machine

from crm.domain.reports import Voice
from crm.infra.config import load_settings
from crm.models import Enterprise, Lead
from crm.services import reports
from tests.factories import actor
from tests.reporting import SENT, WEEK, make_week
from workers.emails import letter
from workers.emails.letter import NothingToSayError
from workers.emails.render import render

SNAPSHOTS = Path(__file__).parent / "snapshots"
PUBLIC = "https://liantu.example.org"
READERS = {Voice.LEADER: "leader", Voice.OFFICER: "officer", Voice.PARK: "manager"}
EVIL = "<script>alert(1)</script>\"'&公司（示例）"


class Translated:
    """A language in which every sentence of ours stands in brackets: what is not in brackets was not translated."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, one: str, many: str, number: int) -> str:
        return f"⟦{one if number == 1 else many}⟧"


@pytest.fixture(autouse=True)
def _on_monday():
    with time_machine.travel(SENT, tick=False):
        yield


@pytest.fixture
def configured(tmp_path):
    return load_settings(
        {"LIANTU_DATA_DIR": str(tmp_path), "LIANTU_PUBLIC_URL": PUBLIC, "LIANTU_SECRET_KEY": os.urandom(32).hex()}
    )


@pytest.fixture
def made(database, cast, configured):
    """`made(voice, locale)` renders the mail of the frozen week."""
    with database.writing() as session:
        ids = make_week(session, cast)
        lead = session.get(Lead, ids["mine"])
        lead.is_demo = True
        reports.plan_weekly(session, configured, SENT)

    def mail(voice: Voice, locale: str = "zh"):
        with database.reading() as session:
            reader = replace(actor(session, getattr(cast, READERS[voice])), locale=locale)
            return render(session, configured, voice.kind, reader, {"week": str(WEEK)})

    return mail


class Page(HTMLParser):
    """What a mail is built of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def steady(text: str) -> str:
    """Ids differ between databases and runs; everything else must not."""
    text = re.sub(r"(/crm/(?:leads|projects|introductions|parks)/)\d+", r"\1ID", text)
    text = re.sub(r"\b\d+ 号楼", "N 号楼", text)
    return re.sub(r"穗岭第\d+", "穗岭第N", text)


@pytest.mark.parametrize("voice", list(Voice))
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_mail_is_what_its_snapshot_says(made, monkeypatch, voice, locale):
    if locale == "en":
        # Any catalogue may change; that each sentence goes through it may not.
        monkeypatch.setattr(letter, "_catalogue", lambda _locale: Translated())
    mail = made(voice, locale)
    text = steady(f"{mail.subject}\n\n{mail.text}")
    file = SNAPSHOTS / f"{voice.kind}-{locale}.txt"
    if os.environ.get("LIANTU_UPDATE_SNAPSHOTS"):
        SNAPSHOTS.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("voice", list(Voice))
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_a_mail_is_made_of_cells_and_its_links_lead_to_us(made, voice, locale):
    mail = made(voice, locale)
    page = Page(mail.html)
    assert page.all("html")[0]["lang"] == ("zh-CN" if locale == "zh" else "en")
    for unwanted in ("img", "script", "link", "svg", "iframe", "form", "base"):
        assert page.all(unwanted) == []
    links = [attributes["href"] for attributes in page.all("a")]
    assert links
    assert all(href.startswith(f"{PUBLIC}/crm/") for href in links), links
    assert re.findall(r"https?://\S+", mail.text)
    assert all(url.startswith(f"{PUBLIC}/crm/") for url in re.findall(r"https?://[^\s）]+", mail.text))
    bars = [cell for cell in page.all("td") if "bar" in (cell.get("class") or "").split() and cell.get("bgcolor")]
    assert bars
    assert all(cell["width"].endswith("%") for cell in bars if "trk" not in cell["class"])
    assert "style" in page.all("td")[0]
    assert "url(" not in mail.html
    assert mail.subject
    assert "\n" not in mail.subject


@pytest.mark.parametrize("voice", list(Voice))
def test_the_plain_text_is_a_text_of_its_own(made, voice):
    text = made(voice).text
    assert len(text) > 300
    assert "█" in text
    assert not re.search(r"<[a-z/]|&[a-z]+;", text)
    assert "\n\n\n" not in text


@pytest.mark.parametrize("voice", list(Voice))
def test_demonstration_data_is_marked(made, voice):
    mail = made(voice)
    assert "示例" in mail.html
    assert "企业均为示例数据" in mail.text.replace("\n", "")


@pytest.mark.parametrize(
    ("voice", "words"),
    [
        (Voice.LEADER, "区领导，1 件事请您决定"),
        (Voice.OFFICER, "陈思敏，未来 7 天"),
        (Voice.PARK, "梁颖，1 家企业在等甲园答复"),
    ],
)
def test_the_first_sentence_says_what_to_do(made, voice, words):
    assert words in made(voice).text.splitlines()[1]


def test_a_park_never_reads_a_name_that_was_not_introduced(made):
    mail = made(Voice.PARK)
    assert "某体外诊断试剂企业" in mail.text
    for part in (mail.html, mail.text, mail.subject):
        assert "未推介公司" not in part


@pytest.mark.parametrize("voice", list(Voice))
def test_what_people_typed_is_never_markup(database, cast, configured, voice):
    with database.writing() as session:
        ids = make_week(session, cast)
        for name in ("mine", "masked"):
            session.get(Enterprise, session.get(Lead, ids[name]).enterprise_id).name = EVIL
        from crm.models import Park, Project

        session.get(Project, ids["asked"]).name = EVIL
        session.get(Project, ids["asked"]).decision_asked = EVIL
        session.get(Project, ids["lost"]).name = EVIL
        session.get(Park, cast.park).name = EVIL
        session.flush()
        mail = render(
            session, configured, voice.kind, actor(session, getattr(cast, READERS[voice])), {"week": str(WEEK)}
        )
    assert "<script" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert Page(mail.html).all("script") == []


def test_nothing_is_sent_to_somebody_with_nothing_to_read(database, cast, configured):
    with database.writing() as session:
        make_week(session, cast)
        for who, voice in (("other_manager", Voice.PARK), ("colleague", Voice.OFFICER), ("officer", Voice.LEADER)):
            with pytest.raises(NothingToSayError):
                render(session, configured, voice.kind, actor(session, getattr(cast, who)), {"week": str(WEEK)})
