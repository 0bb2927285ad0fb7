"""The words of Streamlit itself, which knows English alone, in the visitor's language.

`browser/keeping.js` puts them where they stand. `WORDS` says in which of the platform's scripts
each is written, so that a test tells when an upgrade has changed one.
"""

from collections.abc import Mapping

from lib.language import N_, Template, _, spoken

WORDS: Mapping[str, tuple[Template, ...]] = {
    "index": (
        *(N_("Skip to main content"), N_("App pages"), N_("Main menu"), N_("Sidebar")),
        *(N_("Collapse sidebar"), N_("Expand sidebar"), N_("Theme"), N_("System"), N_("Light")),
        *(N_("Dark"), N_("About"), N_("Running..."), N_("Stop"), N_("Stopping..."), N_("Rerun")),
        *(N_("Connecting"), N_("Connection error"), N_("Page not found"), N_("View less")),
        *(N_("View {n} more"), N_("Scroll tabs left"), N_("Scroll tabs right"), N_("Close")),
        N_("Connection lost. Please wait for the app to reconnect, then try again."),
        N_("Made with Streamlit v{version}"),
    ),
    "utils": (
        *(N_("Choose an option"), N_("Choose options"), N_("No options to select")),
        *(N_("file upload"), N_("File must be {size} or smaller."), N_("KB"), N_("MB"), N_("GB")),
    ),
    "Selectbox": (N_("No results"), N_("Open"), N_("Clear value")),
    "Multiselect": (
        *(N_("Clear all"), N_("Selected values"), N_("Remove {value}"), N_("Select all")),
        N_("Select {n} matches"),
    ),
    "FileUploader": (
        *(N_("Upload"), N_("Drag and drop a file here"), N_("{size} per file")),
        N_("{kind} files are not allowed."),
    ),
    "StreamlitMarkdown": (N_("Link to heading"), N_("Help"), N_("Help for {what}")),
    "DateField": (N_("yyyy"), N_("mm"), N_("dd")),
    "Toolbar": (N_("Fullscreen"), N_("Close fullscreen")),
    "InputInstructions": (N_("Press Enter to {action}"), N_("apply"), N_("submit form")),
    "DataFrame": (
        *(N_("Add row"), N_("Delete row(s)"), N_("Clear selection"), N_("Search")),
        *(N_("Show/hide columns"), N_("Download as CSV"), N_("Type to search"), N_("Close Search")),
        *(N_("Next Result"), N_("Previous Result"), N_("Dataframe column menu"), N_("Statistics")),
        *(N_("Sort ascending"), N_("Sort descending"), N_("Format"), N_("Autosize")),
        *(N_("Pin column"), N_("Unpin column"), N_("Hide column"), N_("Copy column name")),
        *(N_("Automatic"), N_("Localized"), N_("Plain"), N_("Compact"), N_("Dollar"), N_("Euro")),
        *(N_("Yen"), N_("Percent"), N_("Scientific"), N_("Accounting"), N_("Loading...")),
    ),
}
"""By the script that says it; a place for a value is of any words, `action` and `size` of such."""


def words() -> dict[str, str]:
    """Each by its English; nothing where that is spoken."""
    if spoken() == "en":
        return {}
    return {each: _(each) for several in WORDS.values() for each in several}
