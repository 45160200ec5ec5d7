"""`python -m studio.gallery.query > docs/search.md`: the page about searching, from the fields themselves."""

from studio.gallery.query.page import page

print(page(), end="")
