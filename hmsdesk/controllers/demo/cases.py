"""Why people come to the demo practice, what is found, and what is done: invented, but as a doctor might write it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """One kind of visit. medicines: (key, dose, route, frequency, days). ages: years, first and last.

    lasting: it stays among the patient's problems and brings them back. vitals: what it does to them.
    """

    departments: tuple[str, ...]
    reason: str
    findings: str
    diagnosis: str
    code: str
    plan: str
    medicines: tuple[tuple[str, int, str, str, int], ...] = ()
    ages: tuple[int, int] = (0, 110)
    sex: str = ""
    often: int = 10
    lasting: bool = False
    follow_up: int = 0
    vitals: str = ""
    services: tuple[str, ...] = ()


_GENERAL = ("FAM", "INT")
CASES = (
    Case(("FAM", "INT", "ENT"), "Cough and runny nose for three days", "Throat red, chest clear, no distress.", "Acute upper respiratory infection", "J06.9", "Fluids and rest. Come back if the fever lasts longer than three days.", (("paracetamol", 1, "oral", "every-6-h", 5),), (13, 110), often=16, vitals="fever"),
    Case(("PAED",), "Fever and cough since yesterday", "Throat red, ears clear, chest clear. Drinks well.", "Acute upper respiratory infection", "J06.9", "Paracetamol while the fever lasts. Return at once with fast breathing.", (("paracetamol-syrup", 5, "oral", "every-6-h", 4),), (0, 12), often=26, vitals="fever"),
    Case(("PAED", "ENT"), "Ear pain during the night", "Eardrum bulging and red on the right.", "Acute otitis media", "H66.90", "Antibiotic for seven days, control afterwards.", (("amoxiclav-syrup", 5, "oral", "twice", 7), ("paracetamol-syrup", 5, "oral", "every-6-h", 3)), (0, 12), often=10, follow_up=10, vitals="fever"),
    Case(("PAED", "FAM"), "Loose stools six times a day, vomited twice", "Mild dehydration, abdomen soft.", "Acute gastroenteritis", "A09", "Rehydration by mouth, light food. Danger signs explained.", (("ors", 1, "oral", "four", 3),), (0, 40), often=9),
    Case(("PAED",), "Well-child visit and vaccination", "Grows along the 50th percentile, development as expected.", "Routine child health examination", "Z00.129", "Vaccinated according to the schedule.", (), (0, 6), often=14, services=("VACC",)),
    Case((*_GENERAL, "ENT"), "Sore throat and fever for two days", "Tonsils swollen with exudate, tender nodes.", "Acute tonsillitis", "J03.90", "Antibiotic, soft food.", (("amoxicillin", 1, "oral", "three", 7), ("paracetamol", 1, "oral", "every-6-h", 3)), (13, 60), often=8, vitals="fever"),
    Case(_GENERAL, "Diabetes review", "Feet without ulcer, pulses felt. Home readings 7 to 9 mmol/l.", "Type 2 diabetes mellitus", "E11.9", "Metformin goes on. Diet and walking discussed. HbA1c before the next visit.", (("metformin", 1, "oral", "twice", 30),), (35, 110), often=14, lasting=True, follow_up=30, vitals="sugar"),
    Case(("INT",), "Diabetes, on insulin, morning readings high", "Injection sites fine, no hypoglycaemia.", "Type 2 diabetes mellitus", "E11.9", "Insulin raised by two units every three days until the morning is below 7.", (("glargine", 20, "injected", "night", 30), ("metformin", 1, "oral", "twice", 30)), (40, 110), often=5, lasting=True, follow_up=14, vitals="sugar"),
    Case(("FAM", "INT", "CARD"), "Blood pressure control", "Heart sounds normal, no oedema.", "Essential (primary) hypertension", "I10", "Goes on as before. Salt, weight and walking discussed.", (("amlodipine", 1, "oral", "morning", 30),), (35, 110), often=18, lasting=True, follow_up=30, vitals="pressure"),
    Case(("CARD",), "Chest tightness on climbing stairs", "ECG without new changes.", "Stable angina", "I20.89", "Treatment as below, stress test arranged.", (("bisoprolol", 1, "oral", "morning", 30), ("aspirin", 1, "oral", "once", 30), ("atorvastatin", 1, "oral", "night", 30)), (45, 110), often=12, lasting=True, follow_up=30, vitals="pressure", services=("ECG",)),
    Case(("CARD",), "Palpitations", "ECG: atrial fibrillation, rate 92.", "Atrial fibrillation", "I48.91", "Rate control and anticoagulation. INR in one week.", (("bisoprolol", 1, "oral", "morning", 30), ("warfarin", 1, "oral", "night", 30)), (55, 110), often=6, lasting=True, follow_up=14, services=("ECG",)),
    Case(("CARD", "INT"), "Breathless when lying flat, ankles swollen", "Basal crackles, pitting oedema.", "Heart failure", "I50.9", "Diuretic, weigh daily, salt below 2 g.", (("furosemide", 1, "oral", "morning", 30), ("ramipril", 1, "oral", "morning", 30)), (55, 110), often=5, lasting=True, follow_up=14, vitals="pressure"),
    Case(_GENERAL, "Burning pain in the upper abdomen after meals", "Epigastrium tender, no guarding.", "Gastro-oesophageal reflux disease", "K21.9", "Small meals, nothing three hours before bed.", (("omeprazole", 1, "oral", "morning", 28),), (18, 90), often=10, follow_up=28),
    Case((*_GENERAL, "URO", "GYN"), "Burning on passing urine since two days", "Suprapubic tenderness, no flank pain. Urine: leucocytes.", "Urinary tract infection", "N39.0", "Antibiotic, fluids.", (("nitrofurantoin", 1, "oral", "twice", 5),), (16, 80), "female", often=10),
    Case(("FAM", "INT", "PAED"), "Wheezing at night", "Expiratory wheeze on both sides, speaks in sentences.", "Asthma", "J45.909", "Inhaler technique shown. Preventer every day.", (("salbutamol", 2, "inhaled", "needed-4", 14), ("beclometasone", 2, "inhaled", "twice", 30)), (6, 60), often=7, lasting=True, follow_up=30, vitals="breath"),
    Case(("FAM", "ORTH"), "Low back pain after lifting", "Paravertebral tenderness, no neurological deficit.", "Low back pain", "M54.50", "Stay active. Red flags explained.", (("ibuprofen", 1, "oral", "needed-3", 5), ("diclofenac-gel", 1, "topical", "three", 10)), (18, 75), often=12),
    Case(("ORTH",), "Knee pain for months, worse on stairs", "Crepitus, no effusion, full movement.", "Osteoarthritis of knee", "M17.9", "Exercises, weight, gel. Injection if it does not settle.", (("diclofenac-gel", 1, "topical", "three", 14), ("paracetamol", 2, "oral", "three", 10)), (45, 100), often=16, lasting=True, follow_up=42),
    Case(("ORTH",), "Twisted the ankle yesterday", "Swelling below the outer ankle, bears weight.", "Sprain of ankle", "S93.409A", "Rest, ice, bandage. X-ray not needed by the Ottawa rules.", (("ibuprofen", 1, "oral", "three", 4),), (8, 60), often=8, services=("DRESS",)),
    Case(("DERM",), "Spots on face and back", "Comedones and papules, no scars.", "Acne vulgaris", "L70.0", "Gel at night, sun protection.", (("benzoyl", 1, "topical", "night", 60), ("doxycycline", 1, "oral", "once", 30)), (13, 35), often=14, follow_up=42),
    Case(("DERM", "PAED"), "Itching rash in the bends of the arms", "Dry skin, lichenified patches in both elbows.", "Atopic dermatitis", "L20.9", "Emollient twice a day, cream for flares only.", (("hydrocortisone", 1, "topical", "twice", 7), ("cetirizine", 1, "oral", "night", 14)), (6, 40), often=12, lasting=True, follow_up=28),
    Case(("DERM", "FAM"), "Itching between the toes", "Maceration and scaling.", "Tinea pedis", "B35.3", "Keep dry, cream for two weeks after it has healed.", (("clotrimazole", 1, "topical", "twice", 28),), (15, 80), often=7),
    Case(("GYN",), "Antenatal visit", "Fundal height as dated, fetal heart heard, no oedema.", "Supervision of normal pregnancy", "Z34.90", "Iron and folic acid. Danger signs explained.", (("iron", 1, "oral", "once", 30), ("folic", 1, "oral", "once", 30)), (18, 44), "female", often=22, follow_up=28, services=("US-ABD",)),
    Case(("GYN",), "Heavy periods for six months", "Uterus of normal size, pale conjunctivae.", "Iron deficiency anaemia", "D50.9", "Iron for three months, ultrasound.", (("iron", 1, "oral", "twice", 30),), (16, 52), "female", often=9, follow_up=30),
    Case(("GYN", "INT"), "Tired, feels cold, has put on weight", "Dry skin, slow reflexes, thyroid not enlarged.", "Hypothyroidism", "E03.9", "Thyroxine, TSH in six weeks.", (("levothyroxine", 1, "oral", "morning", 42),), (20, 80), often=6, lasting=True, follow_up=42),
    Case(("ENT",), "Blocked nose and sneezing every spring", "Pale, swollen turbinates.", "Allergic rhinitis", "J30.9", "Antihistamine, rinse with saline.", (("cetirizine", 1, "oral", "night", 30), ("xylometazoline", 2, "nose", "three", 5)), (8, 60), often=16, follow_up=30),
    Case(("ENT",), "Hears badly on the left", "Wax filling the canal, removed. Drum intact.", "Impacted cerumen", "H61.20", "No cotton buds.", (), (10, 90), often=8),
    Case(("EYE",), "Gritty, tired eyes in the evening", "Tear film breaks up early.", "Dry eye syndrome", "H04.129", "Drops, pauses at the screen.", (("artificial-tears", 1, "eye", "four", 30),), (18, 90), often=12, follow_up=60),
    Case(("EYE",), "Red, sticky eye", "Conjunctiva injected, cornea clear.", "Acute conjunctivitis", "H10.30", "Drops, wash hands, own towel.", (("chloramphenicol", 1, "eye", "four", 5),), (3, 70), often=9),
    Case(("EYE",), "Glaucoma control", "Pressure 19 and 18 mmHg, discs unchanged.", "Open-angle glaucoma", "H40.10X0", "Drops go on, field in six months.", (("timolol", 1, "eye", "twice", 60),), (45, 95), often=8, lasting=True, follow_up=90),
    Case(("NEUR", "FAM"), "Throbbing headache with nausea, light hurts", "Neurological examination normal.", "Migraine", "G43.909", "Early in the attack. Diary of triggers.", (("sumatriptan", 1, "oral", "needed-2", 7), ("propranolol", 1, "oral", "twice", 30)), (15, 60), often=14, lasting=True, follow_up=42),
    Case(("NEUR",), "Epilepsy control, no seizure since the last visit", "No ataxia, gums fine.", "Epilepsy", "G40.909", "Dose unchanged. Level in three months.", (("carbamazepine", 1, "oral", "twice", 30),), (12, 80), often=8, lasting=True, follow_up=90),
    Case(("URO",), "Weak stream, gets up three times a night", "Prostate enlarged, smooth.", "Benign prostatic hyperplasia", "N40.1", "Capsule in the evening, less to drink before bed.", (("tamsulosin", 1, "oral", "night", 30),), (50, 95), "male", often=18, lasting=True, follow_up=42),
    Case(("FAM", "CARD", "DERM", "ORTH", "GYN", "NEUR", "URO", "EYE", "ENT", "INT"), "Comes for the results", "No new complaint.", "Follow-up examination", "Z09", "Results explained, treatment goes on.", (), (13, 110), often=12, services=("FOLLOW",)),
)  # fmt: skip
