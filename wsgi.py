"""For a WSGI server of one's own: ``wsgi:app``. ``make run`` needs none."""

from webapp import create_app

app = create_app()
