"""Components of Hepar's own: what of a folder of the server a browser may fetch and run."""

from pathlib import Path

from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest


def register(name: str, folder: Path) -> None:
    """Make a component known to the server, once; its scripts lie in the folder.

    `name`: that of ours, a dot, its own.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_path(name) is None:
        ours, component = name.split(".")
        config = ComponentConfig(component, folder.name)
        manager.register_from_manifest(ComponentManifest(ours, "", [config]), folder.parent)
