"""Everything public in files: full dumps, daily deltas, and the catalogues that describe them, under ``/bulk/``.

``exporting`` makes an export from the state at the head of the log, ``manifest`` says what is in it, ``serving`` hands it out.
Nothing older than the newest export is served, its deltas included: they are made anew every time, so that content
withdrawn or repaired since is in none of them, and a dataset is held back from the moment of such an act to the next export.
"""
