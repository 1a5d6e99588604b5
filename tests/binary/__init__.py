"""The one file: what goes into it, and how it does on a minimal Debian without Python (``make check-binary``)."""
