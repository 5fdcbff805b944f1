"""缺环看板 and 目标清单: what the chains lack, and who is wanted for it."""

from crm.web.gaps import targets
from crm.web.gaps.views import blueprint

__all__ = ["blueprint", "targets"]
