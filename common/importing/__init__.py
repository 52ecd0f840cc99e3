"""Files people made with whatever they had, read, looked through and applied.

``reading`` makes rows of text of a file (``grid``), ``columns`` says which column is which field, ``table``
gives the rows by field and ``cells`` their values. ``staging`` keeps a file while somebody looks at it,
``kinds``, ``running`` and ``pages`` are the way from there into the database. Nothing here knows what rows
mean. Numbers of rows are those a spreadsheet shows.
"""
