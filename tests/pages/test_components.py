"""What a component said, as a page reads it."""

from types import SimpleNamespace

from streamlit.components.v2.bidi_component import main as mounting
from streamlit.runtime.state.session_state import Value, WStates

from lib.ui import components


def test_what_a_component_said_is_read_as_it_is_kept_beside_what_it_says_now():
    components.read_as_kept()
    present = mounting.make_bidi_component_presenter("now", "kept", None)
    kept, said = {"images": 1}, WStates()
    state = SimpleNamespace(_new_widget_state=said)
    assert present(kept, state) is kept
    said.widget_metadata["now"] = SimpleNamespace(value_type="json_trigger_value")
    assert present(kept, state) is kept
    said.states["now"] = Value([{"event": "picked", "value": "P02"}])
    assert present(kept, state) == {"images": 1, "picked": "P02"}
    said.states["now"] = Value(None)
    assert present(kept, state) == kept
