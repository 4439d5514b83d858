"""Invented people: the parts of their names in both scripts, where they live, who insures them."""

MEN = (
    ("Mohamed", "محمد"), ("Ahmed", "أحمد"), ("Mahmoud", "محمود"), ("Ali", "علي"), ("Omar", "عمر"), ("Youssef", "يوسف"),
    ("Karim", "كريم"), ("Samir", "سمير"), ("Tarek", "طارق"), ("Hassan", "حسن"), ("George", "جورج"), ("Mina", "مينا"),
    ("Khaled", "خالد"), ("Sameh", "سامح"), ("Adam", "آدم"), ("Yassin", "ياسين"), ("Sherif", "شريف"), ("Wael", "وائل"),
)  # fmt: skip
WOMEN = (
    ("Mariam", "مريم"), ("Salma", "سلمى"), ("Aisha", "عائشة"), ("Mona", "منى"), ("Huda", "هدى"), ("Nadia", "نادية"),
    ("Rania", "رانيا"), ("Dina", "دينا"), ("Layan", "ليان"), ("Karima", "كريمة"), ("Suad", "سعاد"), ("Yara", "يارا"),
    ("Malak", "ملك"), ("Heba", "هبة"), ("Nour", "نور"), ("Amal", "أمل"), ("Farida", "فريدة"), ("Aline", "ألين"),
)  # fmt: skip
FAMILIES = (
    ("Hassan", "حسن"), ("Sayed", "سيد"), ("Fathy", "فتحي"), ("Bakr", "بكر"), ("Shawky", "شوقي"), ("Ragab", "رجب"),
    ("Nassar", "نصار"), ("Darwish", "درويش"), ("Girgis", "جرجس"), ("Boutros", "بطرس"), ("Wahba", "وهبة"),
    ("Anwar", "أنور"), ("Taha", "طه"), ("Zaki", "زكي"), ("Aziz", "عزيز"), ("Salem", "سالم"), ("Gaber", "جابر"),
    ("Kamel", "كامل"), ("Mansour", "منصور"), ("Rashed", "راشد"), ("Farouk", "فاروق"), ("Naguib", "نجيب"),
)  # fmt: skip
STREETS = ("Mossadak St", "Tahrir St", "Nile St", "Gamal St", "El Batal St", "Haram St")
# substance, reaction, criticality
ALLERGIES = (
    ("Penicillin", "anaphylaxis", "high"),
    ("Sulfonamides", "rash", "low"),
    ("Ibuprofen", "wheezing", "high"),
    ("Aspirin", "hives", "low"),
    ("Iodine contrast", "itching", "low"),
)
# insurer, letters of its policies, how many percent of a consultation it pays
INSURERS = (("Misr Insurance", "MI", 60), ("Nile Health Care", "NH", 80), ("Delta Assistance", "DA", 50))
NEEDS = ("Wheelchair", "Falls risk", "Hard of hearing", "Interpreter for sign language", "Wears a pacemaker")
