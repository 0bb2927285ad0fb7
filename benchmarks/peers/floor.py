"""The least that a click can cost in Hepar's frame: one filter, and a figure that is ready.

streamlit run benchmarks/peers/floor.py -- FIGURES: a pickle of Hepar's own figures by the
modalities that are chosen. Nothing is read, counted or drawn for a click.
"""

import gc
import pickle
import sys
from pathlib import Path

import streamlit as st

from lib.figures.theme import Ready


@st.cache_resource
def ready() -> dict[tuple[str, ...], Ready]:
    read = pickle.loads(Path(sys.argv[1]).read_bytes())
    figures = {chosen: Ready(spec) for chosen, spec in read.items()}
    gc.collect()
    gc.freeze()
    return figures


def survival() -> None:
    st.title("Survival")
    figures = ready()
    levels = sorted({level for chosen in figures for level in chosen})
    with st.sidebar:
        chosen = st.multiselect("Modality", levels, key="modality")
    st.plotly_chart(figures[tuple(sorted(chosen))], key="figure")


st.set_page_config(page_title="Floor", layout="wide")
st.navigation([st.Page(survival, title="Survival", default=True)]).run()
