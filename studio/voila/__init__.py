"""Pages for people without code: Voila, with a role for each visitor.

config    voila.toml and the command's options, checked; what is refused before anything starts
door      who a visitor is: by token, or by a proxy's header
app       Voila itself: the pages, and a kernel of each visitor's own, granted what their role may do

A visitor's kernel is told its role, projects and backends by its environment (`studio.access.Grant`), which
this server sets from its own table. Nothing that a browser sends has a say in it.
"""
