"""Both sides of the rule of doubt: columns of people and columns of the clinic, by their kinds.

The words were chosen without the lists of the vocabulary in view.
"""

import csv
import io
import pickle

import pytest

from lib import ingest
from lib.ingest import personal
from lib.ingest.cells import Cells

WEST = [("Siobhan", "Gallagher"), ("Tariq", "Mahmood"), ("Priya", "Ramanathan"),
        ("Declan", "Fitzgerald"), ("Ngozi", "Adeyemi"), ("Bjorn", "Lindqvist"),
        ("Agnieszka", "Zielinska"), ("Matteo", "Ferrara"), ("Chloe", "Beaumont"),
        ("Desmond", "Oyelaran"), ("Ines", "Carvalho"), ("Yusuf", "Demirci"),
        ("Wendy", "Pemberton"), ("Rupert", "Ashworth"), ("Keiko", "Tanabe"),
        ("Olumide", "Bankole")]  # fmt: skip
EAST = [("Роза", "Гайдамакина", "Маратовна"), ("Эльвира", "Бикчентаева", "Рустемовна"),
        ("Игнат", "Полуэктов", "Саввич"), ("Аскар", "Нурпеисов", "Ерланович"),
        ("Зульфия", "Хайбуллина", "Ильдаровна"), ("Марат", "Сафиуллин", "Камилевич"),
        ("Прохор", "Белозубый", "Ильич"), ("Фатима", "Дзагоева", "Хазбиевна"),
        ("Тимур", "Абазов", "Русланович"), ("Агата", "Ковтун", "Львовна"),
        ("Эдуард", "Вайс", "Карлович"), ("Лиана", "Мкртчян", "Ашотовна"),
        ("Рустам", "Каюмов", "Шавкатович"), ("Нелли", "Горбань", "Юрьевна"),
        ("Захар", "Черных", "Кузьмич"), ("Альфия", "Юнусова", "Наилевна")]  # fmt: skip
N = len(WEST)
DIGITS = "7304915826"


def west(made):
    return [made(given, last, i) for i, (given, last) in enumerate(WEST)]


def east(made):
    return [made(given, last, patronymic) for given, last, patronymic in EAST]


def each(made):
    return [made(i) for i in range(N)]


def digits(count, i):
    """So many digits, no two rows alike, the first no zero."""
    return "".join(DIGITS[(i * 7 + place * (i + 3) + place // 10) % 10] for place in range(count))


def number(count):
    return each(lambda i: f"{1 + i % 9}{digits(count - 1, i)}")


PEOPLE = {
    "given and surname": west(lambda g, s, i: f"{g} {s}"),
    "surname in capitals": west(lambda g, s, i: f"{s.upper()} {g}"),
    "small letters": west(lambda g, s, i: f"{g} {s}".lower()),
    "capitals": west(lambda g, s, i: f"{g} {s}".upper()),
    "initial first": west(lambda g, s, i: f"{g[0]}. {s}"),
    "two initials first": west(lambda g, s, i: f"{g[0]}{'KLM'[i % 3]} {s}"),
    "initial last": west(lambda g, s, i: f"{s.upper()} {g[0]}"),
    "initial last, small": west(lambda g, s, i: f"{s} {g[0]}.".lower()),
    "hyphen": west(lambda g, s, i: f"{g} {s}-{WEST[i - 3][1]}"),
    "title": west(lambda g, s, i: f"{('Mr', 'Mrs', 'Ms.')[i % 3]} {g} {s}"),
    "doctor": west(lambda g, s, i: f"Dr. {s}"),
    "surname": west(lambda g, s, i: s),
    "surname, small": west(lambda g, s, i: s.lower()),
    "joined": west(lambda g, s, i: f"{s}_{g}"),
    "stroke": west(lambda g, s, i: f"{s}/{g}"),
    "age behind": west(lambda g, s, i: f"{g} {s}, {50 + i} y"),
    "birth behind": west(lambda g, s, i: f"{s} {g[0]} {i + 1:02d}.03.19{40 + i}"),
    "kin before": west(lambda g, s, i: f"{('wife', 'husband')[i % 2]}: {g}"),
    "accents": ["Łukasz Wiśniewski", "Zoë Brontë", "Şerife Öztürk", "Čeněk Dvořák", "Ana Peña",
                "Åse Bjørnsen", "Éloïse Lefèvre", "İlker Çağlar", "Ștefan Bărbulescu"],
    "particles": ["João da Silva", "Jan van den Berg", "Ludwig von Trapp", "Omar ibn Saud",
                  "Luca d'Angelo", "Rory McIlroy", "Piet de Boer", "Maria de los Santos"],
    "фамилия, имя": east(lambda g, f, o: f"{f} {g}"),
    "имя, фамилия": east(lambda g, f, o: f"{g} {f}"),
    "инициалы": east(lambda g, f, o: f"{f} {g[0]}.{o[0]}."),
    "инициалы слитно": east(lambda g, f, o: f"{f} {g[0]}{o[0]}"),
    "инициалы впереди": east(lambda g, f, o: f"{g[0]}.{o[0]}.{f}"),
    "инициалы, строчные": east(lambda g, f, o: f"{f} {g[0]}.{o[0]}.".lower()),
    "инициалы, прописные": east(lambda g, f, o: f"{f.upper()} {g[0]}.{o[0]}."),
    "полностью": east(lambda g, f, o: f"{f} {g} {o}"),
    "полностью, строчные": east(lambda g, f, o: f"{f} {g} {o}".lower()),
    "имя и отчество": east(lambda g, f, o: f"{g} {o} {f[0]}."),
    "фамилии": east(lambda g, f, o: f),
    "фамилии, строчные": east(lambda g, f, o: f.lower()),
    "фамилия и год": east(lambda g, f, o: f"{f} 19{40 + len(o)}"),
    "родня": east(lambda g, f, o: f"жена {f} {g}"),
    "украинские": ["Ївженко Оксана", "Іваненко Їржи", "Ґалаган Петро", "Євтушенко Ігор",
                   "Бойко Єва", "Ткач Олесь"],
    "казахские": ["Әбдіғали Нұрлан", "Қасымов Өмір", "Ұлықбек Ғани", "Жүнісов Қайрат"],
    "telephone, German": each(lambda i: f"+49 171 {1234567 + i * 331}"),
    "telephone, stroke": each(lambda i: f"0171/{1234567 + i * 331}"),
    "telephone, French": each(lambda i: f"06 12 {i + 30} 56 {i + 40}"),
    "telephone, dots": each(lambda i: f"212.555.0{i + 100}"),
    "telephone, Belarus": each(lambda i: f"+375(29){i + 100}-45-{i + 20}"),
    "telephone of kin": each(lambda i: f"8 912 345 {i + 20} {i + 30} (дочь)"),
    "two telephones": each(lambda i: f"8912345{i + 20}{i + 30}; 8913345{i + 20}{i + 30}"),
    "telephone, word": each(lambda i: f"тел. 8912345{i + 20}{i + 30}"),
    **{f"{count} digits": number(count) for count in (8, 9, 10, 11, 12, 14, 16)},
    "card": each(lambda i: f"{1000 + i * 7} {2000 + i} {3000 + i * 3} {4000 + i}"),
    "letter and digits": each(lambda i: f"H00{digits(6, i)}"),
    "letters, dash": each(lambda i: f"MRN-00{digits(5, i)}"),
    "case and year": each(lambda i: f"{12345 + i * 17}/{15 + i % 6}"),
    "case and whole year": each(lambda i: f"№ {12345 + i * 17}/20{15 + i % 6}"),
    "passport": each(lambda i: f"серия 63 {10 + i % 9} номер {406858 + i * 31}"),
    "social security": each(lambda i: f"{500 + i}-{10 + i}-{3000 + i * 7}"),
    "insurance with letters": each(lambda i: f"AB{digits(6, i)}C"),
    "tax code": each(lambda i: f"RSSM{'NLV'[i % 3]}A{40 + i}T{10 + i}A{300 + i}S"),
    "born": each(lambda i: f"{i + 1:02d}.03.{1938 + i * 2}"),
    "born, two digits": each(lambda i: f"{i + 1:02d}.03.{38 + i * 2}"),
    "born, words": each(lambda i: f"{i + 1} {('May', 'June')[i % 2]} {1938 + i * 2}"),
    "born, Russian words": each(lambda i: f"{i + 1} {('мая', 'июня')[i % 2]} {1938 + i * 2} г."),
    "born, compact": each(lambda i: f"{1938 + i * 2}05{i + 10}"),
    "г.р.": each(lambda i: f"{1938 + i * 2} г.р."),
    "street in short": west(lambda g, s, i: f"{i + 3} {s} St"),
    "flat": each(lambda i: f"Flat {i + 1}, {i + 30} Elm Rd, Leeds"),
    "German street": west(lambda g, s, i: f"{s}straße {i + 2}"),
    "French street": west(lambda g, s, i: f"{i + 2} rue de {g}"),
    "город и дом": each(lambda i: f"г.Энгельс, Мира {i + 2}-{i + 10}"),
    "село": each(lambda i: f"с. Ивантеевка, д. {i + 1}"),
    "postcode, Dutch": each(lambda i: f"{1100 + i * 17} {'ABCD'[i % 4]}{'KLMN'[i // 4]}"),
    "account": west(lambda g, s, i: f"@{s.lower()}{i}"),
    "mail with a name": west(lambda g, s, i: f"{g} {s} <{s.lower()}@nowhere.example>"),
}  # fmt: skip

CLINIC = {
    "drugs": ["Sorafenib", "Lenvatinib", "Regorafenib", "Cabozantinib", "Ramucirumab", "Nivolumab",
              "Bevacizumab", "Doxorubicin", "Mitomycin", "Cisplatin", "Irinotecan", "Gemcitabine"],
    "препараты": ["Сорафениб", "Ленватиниб", "Регорафениб", "Ниволумаб", "Бевацизумаб",
                  "Доксорубицин", "Митомицин", "Цисплатин", "Иринотекан", "Гемцитабин"],
    "brands": ["Nexavar", "Lenvima", "Stivarga", "Opdivo", "Keytruda", "Avastin", "Xeloda"],
    "pairs of drugs": ["Oxaliplatin Leucovorin", "Cisplatin Doxorubicin", "Irinotecan Mitomycin",
                       "Atezolizumab Bevacizumab", "Gemcitabine Cisplatin"],
    "doses": ["Lipiodol 10 ml", "Doxorubicin 50 mg", "Mitomycin C", "5-FU", "Cisplatin 75"],
    "regimens": ["FOLFOX", "FOLFIRI", "XELOX", "FOLFOXIRI", "CAPOX", "GEMOX", "FLOT"],
    "hospitals": ["Royal Free Hospital", "St Mary Hospital", "Charing Cross Hospital",
                  "Leeds General Infirmary", "Christie Clinic", "Nottingham City Hospital"],
    "больницы": ["ГКБ № 1", "ОКБ", "Онкодиспансер", "Областная Больница", "НИИ Петрова",
                 "РОНЦ им. Н.Н. Блохина", "ГКБ им. С.П. Боткина"],
    "arteries": ["Right Hepatic Artery", "Left Hepatic Artery", "Common Hepatic", "Right Replaced"],
    "артерии": ["Правая Печёночная", "Левая Печёночная", "Общая Печёночная", "Собственная"],
    "histology": ["Mucinous Adenocarcinoma", "Signet Ring", "Medullary Carcinoma", "Squamous Cell",
                  "Neuroendocrine Tumour", "Serrated Adenocarcinoma"],
    "гистология": ["Аденокарцинома Умеренная", "Перстневидноклеточный Рак",
                   "Нейроэндокринная Опухоль", "Холангиокарцинома", "Плоскоклеточный Рак"],
    "sites": ["Caecum", "Ascending Colon", "Hepatic Flexure", "Sigmoid", "Upper Rectum"],
    "операции": ["Гемиколэктомия Справа", "Передняя Резекция", "Операция Гартмана", "Колостомия"],
    "remarks": ["Good tolerance", "Pain After Procedure", "Stable liver", "Cycle delayed",
                "Artery Occluded", "Died At Home", "Lost Abroad", "Contrast Allergy"],
    "замечания": ["Хорошая переносимость", "Боль после процедуры", "Цикл отложен", "Умер Дома",
                  "Окклюзия Артерии", "Удаление Порта", "Выбыл", "Аллергия на контраст"],
    "plans": ["Continue TACE", "Switch To Systemic", "Consider Ablation", "Best Supportive Care",
              "Repeat Imaging", "Refer Surgery", "Stop Treatment", "Add Bevacizumab"],
    "планы": ["Продолжить ХЭПА", "Рассмотреть Абляцию", "Повторить КТ", "Снизить Дозу"],
    "causes": ["Liver Failure", "Sepsis", "Cardiac Arrest", "Pulmonary Embolism", "Stroke"],
    "events": ["Post Embolization Syndrome", "Cholecystitis", "Liver Abscess", "Gastric Ulcer",
               "Port Infection", "Thrombosis", "Mucositis", "Hand Foot"],
    "осложнения": ["Постэмболизационный Синдром", "Холецистит", "Абсцесс", "Язва Желудка",
                   "Тромбоз", "Мукозит", "Гематома"],
    "illnesses": ["Hypertension", "Diabetes Mellitus", "Atrial Fibrillation", "Hepatitis B",
                  "Hepatitis C", "Cirrhosis", "Asthma"],
    "болезни": ["Гипертония", "Сахарный Диабет", "Гепатит В", "Гепатит С", "Цирроз", "Астма"],
    "reasons": ["Progression", "Toxicity", "Patient Choice", "Doctor Decision", "Death", "Surgery"],
    "particles": ["DC Bead", "Hepasphere", "Gelatin Sponge", "PVA Particles", "Lipiodol Ultra"],
    "scanners": ["Siemens Somatom", "GE Revolution", "Philips Ingenuity", "Toshiba Aquilion"] * 3,
    "imaging": ["Triphasic CT", "Contrast MRI", "Plain Ultrasound", "PET CT", "Cone Beam"],
    "genes": ["KRAS G12D", "NRAS Q61K", "BRAF V600E", "TP53 R175H", "APC R1450X", "SMAD4 R361C"],
    "genes alone": ["KRAS", "NRAS", "BRAF", "TP53", "APC", "SMAD4", "EGFR", "HER2", "MLH1", "ATM"],
    "stages": ["IIA", "IIIB", "IVA", "IVB", "IIIC"],
    "Child-Pugh": ["A5", "A6", "B7", "B8", "B9", "C10"],
    "TNM": each(lambda i: f"pT{i % 4 + 1}{'abc'[i % 3]}N{i % 3}M1{'abc'[i // 7 % 3]}"),
    "TNM, spaces": each(lambda i: f"T{i % 4 + 1} N{i % 3} M{i % 2} G{i % 3 + 1}"),
    "ICD": each(lambda i: f"C{18 + i}.{i % 9}"),
    "ATC": each(lambda i: f"L01X{'ABC'[i % 3]}0{i % 8 + 1}"),
    "codes of findings": ["35917007", "25370001", "109841003", "187767006"] * 4,
    "segments": each(lambda i: f"S{i % 8 + 1}, S{(i + 3) % 8 + 1}"),
    "days": each(lambda i: f"{i + 1:02d}.{i % 12 + 1:02d}.20{12 + i % 9}"),
    "days, two digits": each(lambda i: f"{i + 1:02d}.{i % 12 + 1:02d}.{12 + i % 9}"),
    "days, words": each(lambda i: f"{i + 1} {('Jan', 'мая', 'June')[i % 3]} 20{12 + i % 9}"),
    "days, compact": each(lambda i: f"20{12 + i % 9}{i % 12 + 1:02d}{i + 1:02d}"),
    "stamps": each(lambda i: f"20{12 + i % 9}{i % 12 + 1:02d}{i + 1:02d}1030"),
    "spans": each(lambda i: f"{i + 1:02d}.02.2018-{i + 2:02d}.03.2018"),
    "old series": each(lambda i: f"{i + 1:02d}.02.{1994 + i % 8}"),
    "serial days": each(lambda i: f"{42000 + i * 37}"),
    "platelets": each(lambda i: f"{145000 + i * 7919}"),
    "platelets, words": each(lambda i: f"{145 + i * 7} x10^9"),
    "viral load": each(lambda i: f"{7 * 10 ** (2 + i % 7) + i * 13}"),
    "viral load, commas": each(lambda i: f"{7 * 10 ** (4 + i % 3) + i * 13:,}"),
    "spaced thousands": each(lambda i: f"{7 * 10 ** (4 + i % 3) + i * 13:,}".replace(",", " ")),
    "tumour marker": each(lambda i: f"{3 * 10 ** (i % 6) + i}.{i % 9}"),
    "activity": each(lambda i: f"{1 + i / 7:.2f} GBq"),
    "sizes": each(lambda i: f"{20 + i}x{30 + i}x{40 + i}"),
    "sizes, spaces": each(lambda i: f"{20 + i} {30 + i} {14 + i} {22 + i} {35 + i}"),
    "doses, dashes": each(lambda i: f"{100 + i}-{200 + i}-{400 + i}"),
    "doses, strokes": each(lambda i: f"{85 + i}/400/{2400 + i}"),
    "pressure": each(lambda i: f"{110 + i}/{70 + i}"),
    "durations": each(lambda i: f"{i % 3 + 1} г {i % 11 + 1} мес"),
    "per cent": each(lambda i: f"-{i * 3} %"),
    "running": each(lambda i: f"{i + 1:04d}"),
    "long running": each(lambda i: f"{100001 + i}"),
    "study codes": each(lambda i: f"P{i + 1:03d}"),
    "codes of centres": each(lambda i: f"RU-{i % 3 + 1:02d}-{i + 1:03d}"),
    "codes with a year": each(lambda i: f"HCC2019-{i + 1:03d}"),
    "answers": ["Yes, Right Lobe", "No", "Yes, Left Lobe", "Yes, Both Lobes"],
}  # fmt: skip


def holds(cells, rows=1):
    """Whether a column is held for people, each of its cells in so many rows of a patient."""
    column = Cells.of([cell for cell in cells for _row in range(rows)])
    return personal.holds_people(column, False, len(cells))


@pytest.mark.parametrize("rows", [1, 3])
def test_people_are_doubted_also_where_they_have_several_rows(rows):
    assert [kind for kind, cells in PEOPLE.items() if not holds(cells, rows)] == []


def test_people_are_doubted_in_few_rows():
    assert [kind for kind, cells in PEOPLE.items() if not holds(cells[:6])] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_clinic_is_not_doubted(rows):
    assert [kind for kind, cells in CLINIC.items() if holds(cells, rows)] == []
    assert [kind for kind, cells in CLINIC.items() if holds(cells[:6], rows)] == []


def as_table(columns):
    """All columns in one file, beside what an analysis needs."""
    made = io.StringIO()
    write = csv.writer(made, delimiter=";")
    write.writerow(["patient_id", *(f"X{n}" for n in range(len(columns))), "modality", "os_months"])
    for i in range(N):
        cells = [cells[i] if i < len(cells) else "" for cells in columns.values()]
        write.writerow([f"P{i}", *cells, ("HAI", "TACE")[i % 2], i + 1])
    return made.getvalue().encode()


def test_a_file_of_people_keeps_none_and_gives_each_back():
    file = pickle.loads(pickle.dumps(ingest.open_file("a.csv", as_table(PEOPLE))))
    proposal = ingest.propose(file)
    kept = {each.header.text for each in proposal.columns if each.header.reason != "names"}
    assert kept == {"patient_id", "modality", "os_months"}
    secrets = [cell for cells in PEOPLE.values() for cell in cells]
    assert not [secret for secret in secrets if secret in repr(file)]
    for n in (0, len(PEOPLE) - 1):
        (column,) = [each for each in proposal.columns if each.header.text == f"X{n}"]
        cohort = ingest.read(file, proposal.mapped(column, ""))
        assert cohort.patients[f"X{n}"].tolist() == list(PEOPLE.values())[n][:N]


def test_a_file_of_the_clinic_keeps_all():
    cohort = ingest.read_cohort("a.csv", as_table(CLINIC))
    assert [each.column for each in cohort.findings if each.code == "names"] == []


def test_names_beside_the_codes_of_patients_are_doubted_under_the_patients_own_header():
    rows = [["patient_id", "Patient", "os_months"]]
    rows += [[f"P{i}", f"{given} {last}", str(i)] for i, (given, last) in enumerate(WEST)]
    made = io.StringIO()
    csv.writer(made, delimiter=";").writerows(rows)
    cohort = ingest.read_cohort("a.csv", made.getvalue().encode())
    assert [each.column for each in cohort.findings if each.code == "names"] == ["Patient"]
    assert "Gallagher" not in cohort.patients.to_csv()


# Codes of patients ------------------------------------------------------------------------------

TELLING = {
    "initials and year": west(lambda g, s, i: f"{s[0]}{g[0]}{1940 + i}"),
    "initials and age": west(lambda g, s, i: f"{s[0]}{g[0]}{40 + i}".lower()),
    "dotted initials": west(lambda g, s, i: f"{s[0]}.{g[0]}.{1940 + i}"),
    "инициалы и год": east(lambda g, f, o: f"{f[0]}{g[0]}{o[0]}-19{40 + len(f)}"),
    "year and initials": west(lambda g, s, i: f"{1940 + i}-{s[0]}{g[0]}"),
    "initials and day": west(lambda g, s, i: f"{s[0]}{g[0]}-{i + 10}03{40 + i}"),
    "letters of a name": west(lambda g, s, i: f"{s[:3]}{g[:2]}{40 + i}".upper()),
    "surname and number": west(lambda g, s, i: f"{s}{i}".lower()),
    "surname and initial": west(lambda g, s, i: f"{s}{g[0]}"),
    "number and surname": east(lambda g, f, o: f"{len(o)} {f}"),
    "small and underscored": east(lambda g, f, o: f"{f}_{g[0]}{o[0]}".lower()),
    "days of birth": PEOPLE["born"],
    "records": PEOPLE["letter and digits"],
    "cases": PEOPLE["case and year"],
    "mails": PEOPLE["mail with a name"],
}
RUNNING = {
    "P001": each(lambda i: f"P{i + 1:03d}"),
    "RU-01-003": each(lambda i: f"RU-01-{i + 1:03d}"),
    "001-0012": each(lambda i: f"001-{i + 1:04d}"),
    "2019/12": each(lambda i: f"2019/{i + 1}"),
    "TACE_12": each(lambda i: f"{('TACE', 'HAI')[i % 2]}_{i + 1}"),
    "Case-1": each(lambda i: f"Case-{i + 1}"),
    "Пациент 1": each(lambda i: f"Пациент {i + 1}"),
    "SAR-001": each(lambda i: f"{('SAR', 'MOS', 'KAZ')[i % 3]}-{i + 1:03d}"),
    "TCGA-BC-A100": each(lambda i: f"TCGA-{'BCDG'[i % 4]}{'CDWR'[i // 4]}-A{100 + i}"),
    "hexadecimal": each(lambda i: f"{(i + 3) * 1048573 % 16**6:06x}"),
    "1а": each(lambda i: f"{i // 2 + 1}{'аб'[i % 2]}"),
}


def test_codes_that_tell_who_somebody_is_are_known():
    told = {kind: personal.looks_like_people(Cells.of(cells)) for kind, cells in TELLING.items()}
    assert [kind for kind, known in told.items() if not known] == []


def test_codes_of_studies_are_left_alone():
    told = {kind: personal.looks_like_people(Cells.of(cells)) for kind, cells in RUNNING.items()}
    assert [kind for kind, known in told.items() if known] == []
