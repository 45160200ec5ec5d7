"""The gallery: takes found and counted, what is said of them, their files, the trash.

rows         a take as it is told
takes        searching, counting, small pictures, raw metadata, duplicates
curation     ratings, status, tags, notes, collections, saved views
files        moving, renaming, undo
trash        in and out of it
"""
