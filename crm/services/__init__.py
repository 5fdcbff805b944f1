"""Use cases. Whoever imports one has sessions that keep the search index (`crm.services.search.keep`)."""

from crm.services.search.keep import watch

watch()
