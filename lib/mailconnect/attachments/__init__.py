"""An attachment as text or as one image, read in a process that holds no key (design: mail tools).

`parse` is pure. `AttachmentReader` is the port; `local` reads in a child process with an empty environment. What runs
in the child imports the standard library alone, and pypdf for a PDF: each import costs a caller milliseconds.
"""
