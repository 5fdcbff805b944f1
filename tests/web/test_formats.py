"""Values as a reader of either language sees them."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from crm.web import formats


@pytest.mark.parametrize(("language", "line"), [("zh_Hans_CN", "软件、医药"), ("en", "软件, 医药")])
def test_a_list_is_separated_as_the_reader_s_language_does(app, language, line):
    with app.test_request_context(), force_locale(language):
        assert formats.listed(["软件", "医药"]) == line
        assert formats.listed([]) == ""
