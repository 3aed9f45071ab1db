"""The demonstration: fictional companies, and files about them such as agencies send.

Nothing here exists. Every company's name begins with an invented city (see ``words.toml``), so that no firm that exists
is given an invented fault. Codes are well formed, both check digits included, but of divisions beginning with 98, which
are no one's, and of organisation codes ``MF…``, a series no register of enterprises hands out: none can ever be issued.
"""
