"""A file for each server: where it is documented, how it is started, and its shortest way through each task."""
