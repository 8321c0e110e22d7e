"""The formats that are read, a file each: `read` writes text to the window. No I/O."""
