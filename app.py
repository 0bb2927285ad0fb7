"""Hepar as Streamlit runs it for each visitor; what is started is ``serve.py``."""

from lib.ui import frame

frame.main()
