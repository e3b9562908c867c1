//! Danish (and Norwegian), Finnish, Hungarian, Greek and Hebrew: the plainest words only.

use super::Class::*;
use super::{Language, Order};

pub static DANISH: Language = Language {
    code: "da",
    order: Order::Free,
    words: &[
        (Verb, "ignorer, ignorér, glem, se bort fra, tilsidesæt, følg ikke, overse"),
        (Object, "instruks*, instruktion*, instruksjon*, prompt*, anvisning*, retningslinj*, systembesked*"),
        (WeakObject, "regler, reglerne, reglene, kommando*, begrænsning*, begrensning*, filtre, filtrene"),
        (
            Prior,
            "tidligere, forrige, foregående, ovenstående, ovenfor, oprindelig*, opprinnelig*, dine, system*, hidtil",
        ),
        (Every, "alle, alt, enhver, samtlige"),
        (
            Other,
            "mail*, e mail*, besked*, melding*, fil, filer, kolonne*, række*, linje*, faktura*, fejl, feil, opskrift*",
        ),
        (Mine, "min, mit, mine, vores, vår"),
        (Not, "ikke, aldrig, aldri, hvorfor, hvem"),
        (NewTask, "fra nu af, fra nå av, nye instrukser, nye instruktioner, ny opgave, adlyd kun, lyt kun til"),
        (Instead, "i stedet, i stedet for, og sig, og skriv, og vis, og svar, du er nu, du er nå"),
        (Show, "vis, afslør, avslør, udskriv, skriv, gentag, gjenta, fortæl, fortell, oversæt, hvad er, hva er"),
        (
            Prompt,
            "systemprompt, din systemprompt, systemprompten, din prompt, dine instruktioner, dine instrukser, dine instruksjoner",
        ),
        (Verbatim, "ord for ord, ordret"),
        (Act, "du er nu, du er nå, lad som om, opfør dig som, spil rollen"),
        (
            Free,
            "uden regler, uden begrænsninger, uden filtre, uden censur, uten regler, uten begrensninger, uten filter",
        ),
        (You, "du er, du"),
        (Say, "som, sætningen, eksempel, betyder, betyr, tekst"),
    ],
};

pub static FINNISH: Language = Language {
    code: "fi",
    order: Order::Free,
    words: &[
        (Verb, "unohda, unohtakaa, ohita, sivuuta, älä noudata, älä välitä, hylkää"),
        (Object, "ohje, ohjeet, ohjeesi, ohjeita, ohjeista, käsky, käskyt, kehote, kehotteen, järjestelmäviesti*"),
        (WeakObject, "säännöt, sääntöjä, säännöistä, rajoitukset, rajoituksia, suodattimet"),
        (Prior, "aiemmat, aiempia, aikaisemmat, edelliset, edellisiä, yllä olevat, alkuperäiset, järjestelmän, sinun"),
        (Every, "kaikki, kaikkia, jokainen"),
        (Other, "sähköposti*, viesti*, tiedosto*, rivi*, sarake*, lasku*, virhe*, resepti*, kokous*"),
        (Mine, "minun, meidän"),
        (Not, "en, ei, miksi, kuka"),
        (NewTask, "tästä lähtien, uudet ohjeet, uusi tehtävä, tottele vain, kuuntele vain"),
        (Instead, "sen sijaan, ja sano, ja kirjoita, ja näytä, olet nyt"),
        (Show, "näytä, paljasta, tulosta, kirjoita, toista, kerro, käännä, mikä on, mitkä ovat"),
        (
            Prompt,
            "järjestelmäkehote*, systeemiprompt*, system prompt, sinun ohjeesi, piilotetut ohjeet, alkuperäiset ohjeesi",
        ),
        (Verbatim, "sanasta sanaan, sanatarkasti"),
        (Act, "olet nyt, esitä, näyttele, teeskentele"),
        (Free, "ilman sääntöjä, ilman rajoituksia, ilman suodattimia, ilman sensuuria"),
        (You, "olet, sinä"),
        (Say, "kuten, lause, esimerkki, tarkoittaa, teksti"),
    ],
};

pub static HUNGARIAN: Language = Language {
    code: "hu",
    order: Order::Free,
    words: &[
        (Verb, "felejtsd el, felejts el, hagyd figyelmen kívül, ne kövesd, ne tartsd be, mellőzd"),
        (Object, "utasítás*, instrukció*, prompt*, irányelv*, rendszerüzenet*"),
        (WeakObject, "szabály*, parancs*, korlátozás*, szűrő*"),
        (Prior, "korábbi, előző, fenti, eddigi, eredeti, rendszer*"),
        (Every, "minden, összes, az összes, valamennyi"),
        (Other, "e mail*, levele*, fájl*, sor, oszlop*, számla*, hiba, recept*, üzenet*"),
        (Mine, "az én, a mi"),
        (Not, "nem, soha, miért, ki"),
        (NewTask, "mostantól, új utasítás, új utasítások, új feladat, csak rám hallgass"),
        (Instead, "helyette, és írd, és mondd, és mutasd"),
        (Show, "mutasd, mutasd meg, írd ki, írd le, ismételd, mondd el, fordítsd, add meg, mi a, mik a"),
        (
            Prompt,
            "rendszerprompt*, rendszer prompt*, rendszerutasítás*, system prompt, a te utasításaid, eredeti utasításaid",
        ),
        (Verbatim, "szóról szóra, szó szerint"),
        (Act, "te most, mostantól te, játszd el, viselkedj úgy, tégy úgy"),
        (Free, "szabályok nélkül, korlátok nélkül, korlátozások nélkül, szűrők nélkül, cenzúra nélkül"),
        (You, "te, vagy"),
        (Say, "mint, mondat, példa, jelent, szöveg"),
    ],
};

pub static GREEK: Language = Language {
    code: "el",
    order: Order::Free,
    words: &[
        (Verb, "αγνόησε, αγνοήστε, ξέχνα, ξεχάστε, παράβλεψε, μην ακολουθείς, παράκαμψε"),
        (Object, "οδηγίες, οδηγία, εντολές, προτροπή, προτροπής, μήνυμα συστήματος, κατευθύνσεις"),
        (WeakObject, "κανόνες, κανόνας, περιορισμούς, φίλτρα"),
        (Prior, "προηγούμενες, προηγούμενους, παραπάνω, αρχικές, αρχικούς, προηγούμενα, συστήματος, σου"),
        (Every, "όλες, όλους, όλα, κάθε"),
        (Other, "email, e mail, μήνυμα, αρχείο, γραμμή, στήλη, τιμολόγιο, σφάλμα, συνταγή, συνάντηση"),
        (Mine, "μου, μας"),
        (Not, "δεν, μη, ποτέ, γιατί, ποιος"),
        (NewTask, "από εδώ και πέρα, από τώρα, νέες οδηγίες, άκου μόνο, υπάκουε μόνο"),
        (Instead, "αντί, και πες, και γράψε, και δείξε, είσαι τώρα"),
        (Show, "δείξε, εμφάνισε, αποκάλυψε, γράψε, επανάλαβε, πες μου, μετάφρασε, ποιο είναι, ποιες είναι"),
        (
            Prompt,
            "system prompt, προτροπή συστήματος, προτροπή του συστήματος, μήνυμα συστήματος, αρχικές οδηγίες σου, κρυφές οδηγίες",
        ),
        (Verbatim, "λέξη προς λέξη, κατά λέξη, αυτολεξεί"),
        (Act, "είσαι τώρα, τώρα είσαι, παρίστανε, κάνε ότι"),
        (Free, "χωρίς κανόνες, χωρίς περιορισμούς, χωρίς φίλτρα, χωρίς λογοκρισία"),
        (You, "είσαι, εσύ"),
        (Say, "όπως, φράση, παράδειγμα, σημαίνει, κείμενο"),
    ],
};

pub static HEBREW: Language = Language {
    code: "he",
    order: Order::Free,
    words: &[
        (Verb, "התעלם, התעלמי, תתעלם, שכח, תשכח, שכחי, אל תציית, אל תעקוב"),
        (Object, "הוראות, ההוראות, הנחיות, ההנחיות, הנחיה, פרומפט, הפרומפט"),
        (WeakObject, "כללים, הכללים, חוקים, החוקים, מגבלות, המגבלות"),
        (Prior, "קודמות, הקודמות, הקודמים, לעיל, מעל, המקוריות, שלך, המערכת"),
        (Every, "כל, את כל"),
        (Other, "מייל, הודעה, ההודעה, קובץ, שורה, עמודה, חשבונית, שגיאה, מתכון, פגישה"),
        (Mine, "שלי, שלנו"),
        (Not, "לא, אל, למה, מי"),
        (NewTask, "מעכשיו, מעתה, הוראות חדשות, משימה חדשה, ציית רק לי, תקשיב רק לי"),
        (Instead, "במקום, ואמור, ותכתוב, והצג, אתה עכשיו"),
        (Show, "הצג, תציג, חשוף, גלה, הראה, כתוב, הדפס, חזור על, תרגם, מה, מהן"),
        (Prompt, "הנחיית המערכת, הנחיות המערכת, פרומפט המערכת, הוראות המערכת, ההוראות שלך, ההנחיות שלך"),
        (Verbatim, "מילה במילה, במדויק"),
        (Act, "אתה עכשיו, עכשיו אתה, העמד פנים, שחק את"),
        (Free, "ללא כללים, בלי כללים, ללא מגבלות, בלי מגבלות, ללא צנזורה, בלי חוקים"),
        (You, "אתה, את"),
        (Say, "כמו, משפט, דוגמה, פירוש, טקסט"),
    ],
};
