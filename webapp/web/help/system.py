"""Help."""

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = ()
