"""Hepar: the entry point, ``streamlit run app.py``."""

from lib.ui import frame

frame.main()
