"""The gallery: every take of a project, any of them found in a second, over `studio.gallery`.

room      what a part of the widget offers to the page: requests by name
"""
