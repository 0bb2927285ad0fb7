"""The sample files as they stand, read without the library's import."""

import pandas as pd

from tests.conftest import REGISTRY

FOLDER = REGISTRY.parent
MONTH = 30.4375


class Sheets:
    """The sheets of a workbook, patients by their name."""

    def __init__(self, file):
        sheets = pd.read_excel(FOLDER / file, sheet_name=None, engine="calamine")
        self.source = dict(sheets.pop("source").to_numpy())
        self.tables = sheets
        self.patients = sheets["patients"].set_index("patient_id")
        self.start = self.patients["first_procedure_date"]
        self.end = self.patients["last_contact_date"]
        self.procedures = sheets["procedures"]
        self.kinds = self.procedures["modality"].replace("DEB_TACE", "TACE")
        self.events = sheets["adverse_events"]

    def first(self):
        """The modality of each patient's first procedure."""
        return self.kinds.groupby(self.procedures["patient_id"]).first()


THE_36, THE_240 = Sheets("synthetic_36.xlsx"), Sheets(REGISTRY.name)
