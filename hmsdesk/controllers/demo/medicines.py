"""What the demo practice's dispensary has on its shelves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoMedicine:
    """One product. key: how cases name it. a_month: how many go out in a usual month."""

    key: str
    name: str
    name_ar: str
    ingredient: str
    unit: str
    strength: str
    form: str
    price: str
    a_month: int
    advice: tuple[str, ...] = ()

    def facts(self) -> dict[str, object]:
        """As the medicine is entered."""
        named = ("name", "name_ar", "ingredient", "unit", "strength", "form", "price")
        facts: dict[str, object] = {name: getattr(self, name) for name in named}
        return facts | {"reorder_level": max(6, self.a_month // 3), "advice": list(self.advice), "active": True}


_FOOD, _DROWSY = "Take it with food", "It can make one sleepy: do not drive"
_WHOLE = "Take all of it, also when you feel better"
MEDICINES = (
    DemoMedicine("metformin", "Metformin 850 mg tablet", "ميتفورمين 850 مجم أقراص", "metformin", "tablet", "850 mg", "tablet", "1.20", 3000, (_FOOD,)),
    DemoMedicine("amlodipine", "Amlodipine 5 mg tablet", "أملوديبين 5 مجم أقراص", "amlodipine", "tablet", "5 mg", "tablet", "2.10", 2400),
    DemoMedicine("amlodipine-2", "Norvasc 5 mg tablet", "نورفاسك 5 مجم أقراص", "amlodipine", "tablet", "5 mg", "tablet", "4.60", 300),
    DemoMedicine("paracetamol", "Paracetamol 500 mg tablet", "باراسيتامول 500 مجم أقراص", "paracetamol", "tablet", "500 mg", "tablet", "0.60", 2600),
    DemoMedicine("paracetamol-syrup", "Paracetamol 120 mg/5 ml syrup", "باراسيتامول شراب", "paracetamol", "bottle", "120 mg/5 ml", "syrup", "18.00", 90),
    DemoMedicine("azithromycin", "Azithromycin 500 mg tablet", "أزيثروميسين 500 مجم أقراص", "azithromycin", "tablet", "500 mg", "tablet", "14.50", 180, (_WHOLE,)),
    DemoMedicine("amoxicillin", "Amoxicillin 500 mg capsule", "أموكسيسيلين 500 مجم كبسول", "amoxicillin", "capsule", "500 mg", "capsule", "2.40", 900, (_WHOLE,)),
    DemoMedicine("amoxiclav-syrup", "Amoxicillin and clavulanic acid 457 mg/5 ml suspension", "أموكسيسيلين وكلافولانيك معلق", "amoxicillin + clavulanic acid", "bottle", "457 mg/5 ml", "syrup", "92.00", 60, (_WHOLE, "Keep it in the fridge")),
    DemoMedicine("omeprazole", "Omeprazole 20 mg capsule", "أوميبرازول 20 مجم كبسول", "omeprazole", "capsule", "20 mg", "capsule", "2.80", 1100, ("Half an hour before breakfast",)),
    DemoMedicine("atorvastatin", "Atorvastatin 20 mg tablet", "أتورفاستاتين 20 مجم أقراص", "atorvastatin", "tablet", "20 mg", "tablet", "3.40", 1500),
    DemoMedicine("ibuprofen", "Ibuprofen 400 mg tablet", "إيبوبروفين 400 مجم أقراص", "ibuprofen", "tablet", "400 mg", "tablet", "1.10", 1400, (_FOOD,)),
    DemoMedicine("diclofenac-gel", "Diclofenac 1 % gel", "ديكلوفيناك جل 1 %", "diclofenac", "tube", "1 %", "gel", "32.00", 70),
    DemoMedicine("salbutamol", "Salbutamol 100 micrograms inhaler", "سالبوتامول 100 ميكروجرام بخاخ", "salbutamol", "inhaler", "100 micrograms", "inhaler", "65.00", 50, ("Shake it, breathe out, then in slowly",)),
    DemoMedicine("beclometasone", "Beclometasone 250 micrograms inhaler", "بيكلوميتازون 250 ميكروجرام بخاخ", "beclometasone", "inhaler", "250 micrograms", "inhaler", "148.00", 22, ("Rinse the mouth afterwards",)),
    DemoMedicine("cetirizine", "Cetirizine 10 mg tablet", "سيتريزين 10 مجم أقراص", "cetirizine", "tablet", "10 mg", "tablet", "1.30", 700, (_DROWSY,)),
    DemoMedicine("glargine", "Insulin glargine 100 units/ml pen", "إنسولين جلارجين 100 وحدة قلم", "insulin glargine", "pen", "100 units/ml", "pen", "310.00", 24, ("Keep it in the fridge",)),
    DemoMedicine("ors", "Oral rehydration salts sachet", "محلول معالجة الجفاف أكياس", "oral rehydration salts", "sachet", "", "powder", "4.00", 220, ("One sachet in a glass of clean water",)),
    DemoMedicine("bisoprolol", "Bisoprolol 5 mg tablet", "بيسوبرولول 5 مجم أقراص", "bisoprolol", "tablet", "5 mg", "tablet", "2.60", 1300),
    DemoMedicine("aspirin", "Aspirin 75 mg tablet", "أسبرين 75 مجم أقراص", "acetylsalicylic acid", "tablet", "75 mg", "tablet", "0.55", 1200, (_FOOD,)),
    DemoMedicine("ramipril", "Ramipril 5 mg tablet", "راميبريل 5 مجم أقراص", "ramipril", "tablet", "5 mg", "tablet", "3.10", 900),
    DemoMedicine("furosemide", "Furosemide 40 mg tablet", "فوروسيميد 40 مجم أقراص", "furosemide", "tablet", "40 mg", "tablet", "0.90", 260),
    DemoMedicine("warfarin", "Warfarin 5 mg tablet", "وارفارين 5 مجم أقراص", "warfarin", "tablet", "5 mg", "tablet", "1.80", 160),
    DemoMedicine("hydrocortisone", "Hydrocortisone 1 % cream", "هيدروكورتيزون كريم 1 %", "hydrocortisone", "tube", "1 %", "cream", "24.00", 60),
    DemoMedicine("clotrimazole", "Clotrimazole 1 % cream", "كلوتريمازول كريم 1 %", "clotrimazole", "tube", "1 %", "cream", "28.00", 45),
    DemoMedicine("benzoyl", "Benzoyl peroxide 5 % gel", "بنزويل بيروكسيد جل 5 %", "benzoyl peroxide", "tube", "5 %", "gel", "46.00", 35),
    DemoMedicine("doxycycline", "Doxycycline 100 mg capsule", "دوكسيسيكلين 100 مجم كبسول", "doxycycline", "capsule", "100 mg", "capsule", "2.20", 240, (_WHOLE,)),
    DemoMedicine("iron", "Ferrous sulfate 200 mg tablet", "كبريتات الحديد 200 مجم أقراص", "ferrous sulfate", "tablet", "200 mg", "tablet", "0.70", 900, ("Stools may turn dark",)),
    DemoMedicine("folic", "Folic acid 5 mg tablet", "حمض الفوليك 5 مجم أقراص", "folic acid", "tablet", "5 mg", "tablet", "0.50", 900),
    DemoMedicine("nitrofurantoin", "Nitrofurantoin 100 mg capsule", "نيتروفورانتوين 100 مجم كبسول", "nitrofurantoin", "capsule", "100 mg", "capsule", "3.20", 220, (_FOOD, _WHOLE)),
    DemoMedicine("tamsulosin", "Tamsulosin 400 micrograms capsule", "تامسولوسين 400 ميكروجرام كبسول", "tamsulosin", "capsule", "400 micrograms", "slow capsule", "5.20", 420),
    DemoMedicine("sumatriptan", "Sumatriptan 50 mg tablet", "سوماتريبتان 50 مجم أقراص", "sumatriptan", "tablet", "50 mg", "tablet", "18.00", 60),
    DemoMedicine("propranolol", "Propranolol 40 mg tablet", "بروبرانولول 40 مجم أقراص", "propranolol", "tablet", "40 mg", "tablet", "0.95", 320),
    DemoMedicine("carbamazepine", "Carbamazepine 200 mg tablet", "كاربامازيبين 200 مجم أقراص", "carbamazepine", "tablet", "200 mg", "tablet", "1.70", 300, (_DROWSY,)),
    DemoMedicine("artificial-tears", "Hypromellose 0.3 % eye drops", "هيبروميلوز قطرة للعين", "hypromellose", "bottle", "0.3 %", "drops", "38.00", 50),
    DemoMedicine("timolol", "Timolol 0.5 % eye drops", "تيمولول قطرة للعين", "timolol", "bottle", "0.5 %", "drops", "42.00", 24),
    DemoMedicine("chloramphenicol", "Chloramphenicol 0.5 % eye drops", "كلورامفينيكول قطرة للعين", "chloramphenicol", "bottle", "0.5 %", "drops", "22.00", 30),
    DemoMedicine("xylometazoline", "Xylometazoline 0.1 % nasal drops", "زيلوميتازولين نقط للأنف", "xylometazoline", "bottle", "0.1 %", "drops", "19.00", 60, ("No longer than five days",)),
    DemoMedicine("levothyroxine", "Levothyroxine 50 micrograms tablet", "ليفوثيروكسين 50 ميكروجرام أقراص", "levothyroxine", "tablet", "50 micrograms", "tablet", "0.85", 700, ("On an empty stomach",)),
)  # fmt: skip
