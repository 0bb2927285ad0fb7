"""Components of Hepar's own: what of a folder of the server a browser may fetch and run."""

from functools import cache
from pathlib import Path
from typing import Any

from streamlit import file_util
from streamlit.components.v2.bidi_component import main as mounting
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

CHART, KEEPING, TAKING = "hepar.chart", "hepar.keeping", "hepar.taking"
SERVED = {
    CHART: ("chart.js", "plotly.min.js"),
    KEEPING: ("keeping.js",),
    TAKING: ("taking.js", "plotly.min.js", "hepar-sans.woff2", "hepar-sans-bold.woff2"),
}
"""What a browser may fetch of each: the script, and what it draws with."""
NEXT = (
    *("Selectbox", "Multiselect", "ButtonGroup", "DownloadButton"),
    *("PageLink", "Spinner", "axios"),
)
"""Of the platform's scripts, what a browser has not had before it shows the pages of a file."""
_BESIDE = "../../_stcore/bidi-components/"  # from the platform's scripts to ours


@cache
def of_next_page() -> list[str]:
    """The files of `NEXT`, as the platform that is installed has them, and what draws figures."""
    place = Path(file_util.get_static_dir()) / "static" / "js"
    files = [file.name for name in NEXT for file in place.glob(f"{name}.*.js")]
    return [f"{_BESIDE}{CHART}/{SERVED[CHART][0]}", *files]


@cache
def read_as_kept() -> None:
    """Have what a component said read as it is kept, where it said nothing in this run.

    Streamlit makes a class for each reading, which is garbage at once and takes a tenth of a page.
    """
    platform: Any = mounting
    made = platform.make_bidi_component_presenter

    def presenter(aggregator: str, *given: Any, **named: Any) -> Any:
        whole = made(aggregator, *given, **named)

        def present(kept: object, state: Any) -> object:
            triggered = state._new_widget_state.states.get(aggregator)
            return whole(kept, state) if triggered is not None else kept

        return present

    platform.make_bidi_component_presenter = presenter


def register(name: str, folder: Path) -> None:
    """Make a component known to the server, once; its scripts lie in the folder.

    `name`: that of ours, a dot, its own.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_path(name) is None:
        ours, component = name.split(".")
        config = ComponentConfig(component, folder.name)
        manager.register_from_manifest(ComponentManifest(ours, "", [config]), folder.parent)
