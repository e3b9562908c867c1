//! The languages of Europe's east, and Turkish.

use super::Class::*;
use super::{Language, Order};

pub static POLISH: Language = Language {
    code: "pl",
    order: Order::Free,
    words: &[
        (
            Verb,
            "zignoruj, zignorujcie, ignoruj, ignorujcie, zignorować, ignorować, zapomnij, zapomnieć, pomiń, pomijaj, odrzuć, obejdź, nie przestrzegaj, nie stosuj się, przestań przestrzegać, nadpisz, nie zważaj, nie bierz pod uwagę, złam, lekceważ",
        ),
        (
            Object,
            "instrukcj*, polecenia, poleceń, polecenie, wytyczn*, prompt*, dyrektyw*, wskazówek, wskazówki, komunikat systemowy, zaleceń, zalecenia, zasad bezpieczeństwa",
        ),
        (WeakObject, "zasad*, reguł*, rozkaz*, ograniczen*, ograniczeń, filtr*, limit*, szkolenie"),
        (
            Prior,
            "poprzedni*, wcześniejsz*, powyższ*, dotychczasow*, pierwotn*, początkow*, oryginaln*, swoje, swoich, swój, twoje, twoich, systemow*, dane, otrzyman*, wyżej, istniejąc*, uprzedni*, które otrzymał*",
        ),
        (Every, "wszystkie, wszystkich, wszelkie, wszelkich, każde, każdą, całe"),
        (
            Whole,
            "wszystko powyżej, wszystko co powyżej, wszystko co było, wszystko co ci, o wszystkim co, wszystkim co, wszystko wcześniej, powyższe, o wszystkim, wszystko co wiesz",
        ),
        (
            Other,
            "mail*, e mail*, email*, kolumn*, wiersz*, plik*, ostrzeżeni*, błęd*, błąd*, faktur*, list, zamówieni*, akapit*, przepis*, komentarz*, załącznik*, obsług*, montaż*, wiadomoś*",
        ),
        (Mine, "moje, moich, mój, mojego, nasze, naszych"),
        (Not, "nie, nigdy, dlaczego, kto, użytkownicy, ludzie, wielu, często, oni, można, mogą, może"),
        (
            NewTask,
            "nowe instrukcje, nowa instrukcja, nowe zadanie, twoje nowe zadanie, od teraz, od tej pory, nowe zasady, aktualizacja systemu, nowa rola, nowe polecenie, nowe polecenia",
        ),
        (
            Instead,
            "zamiast tego, i powiedz, i odpowiedz, i pokaż, i napisz, i podaj, i ujawnij, i zrób, i przetłumacz, i wykonaj, jesteś teraz, i wypisz, i wyświetl, i wyślij",
        ),
        (
            Show,
            "pokaż, wyświetl, ujawnij, podaj, powiedz, powtórz, wypisz, napisz, przetłumacz, streść, skopiuj, zdradź, jaki jest, jakie są, jak brzmi, jak brzmią, wymień, zacytuj, przytocz, udostępnij",
        ),
        (
            Prompt,
            "prompt systemowy, promptu systemowego, komunikat systemowy, swoje instrukcje, twoje instrukcje, swoich instrukcji, instrukcje systemowe, instrukcji systemowych, ukryte instrukcje, tajne instrukcje, wewnętrzne instrukcje, początkowe instrukcje, pierwotne instrukcje, system prompt, swój prompt, twój prompt, swoje wytyczne, twoje wytyczne, swoją konfigurację, swoje zasady, ukryty prompt, początkowy prompt",
        ),
        (
            PromptWeak,
            "tekst powyżej, powyższy tekst, wszystko powyżej, początek tej rozmowy, początku tej rozmowy, słowa powyżej",
        ),
        (About, "do, dla, dotyczące, na temat, odnośnie"),
        (
            Act,
            "jesteś teraz, udawaj, zachowuj się jak, wciel się, odgrywaj, wyobraź sobie że jesteś, jesteś, odpowiadaj jako, działaj jako, przyjmij rolę, symuluj, graj rolę, będziesz",
        ),
        (
            Free,
            "bez ograniczeń, bez żadnych ograniczeń, bez zasad, bez żadnych zasad, bez filtrów, bez cenzury, żadnych ograniczeń, żadnych zasad, żadnych filtrów, nieocenzurowan*, bez etyki, bez moralności, wolny od, bez limitów, wszystko możesz, bez żadnych filtrów, nieograniczon*, pozbawion*",
        ),
        (
            Mode,
            "tryb dewelopera, trybie dewelopera, tryb deweloperski, trybie deweloperskim, tryb programisty, trybie programisty, tryb dan, trybie dan, tryb debugowania, tryb boga, tryb administratora, trybie administratora",
        ),
        (Enable, "włączony, włącz, aktywuj, aktywny, w, przejdź, aktywowany"),
        (You, "jesteś, ty, twój"),
        (Never, "nigdy, nie, bez, żadnych, żaden, nie wolno, unikaj, zakaz"),
        (
            Refuse,
            "odmawiaj, odmawiać, odmów, odmowy, przepraszaj, przepraszam, ostrzeżeń, ostrzeżenia, nie mogę, przykro mi, etyczn*, etyki, moraln*, zastrzeżeń, zastrzeżenia",
        ),
        (BeginWith, "zacznij odpowiedź od, rozpocznij odpowiedź od, zacznij od, rozpocznij od, zaczynaj od"),
        (Sure, "jasne oto, oczywiście oto, oczywiście, jasne, pewnie, tak oto, oto"),
        (
            Conceal,
            "nie mów użytkownikowi, nie informuj użytkownika, bez informowania, bez wiedzy użytkownika, nie wspominaj o tym, nie wspominaj, potajemnie, w tajemnicy, nie ujawniaj tego, bez pytania, nie zdradzaj",
        ),
        (Send, "wyślij, prześlij, przekaż, wysłać, przesłać, opublikuj"),
        (
            Data,
            "hasło, hasła, haseł, dane logowania, danych logowania, klucz api, klucze api, kluczy api, rozmowę, rozmowy, historię, historii, dane osobowe, kontakty, sekrety",
        ),
        (
            Ai,
            "asystent ai, asystenta ai, asystencie ai, model językowy, modelu językowego, sztuczna inteligencja, sztucznej inteligencji, uwaga ai, jeśli jesteś ai, chatbot, asystent, asystencie, agent ai, llm, do ai",
        ),
        (
            Do,
            "wyślij, wykonaj, wywołaj, uruchom, usuń, przelej, poleć, powiedz, odpowiedz, napisz, otwórz, odwiedź, dodaj, musisz, użyj, kliknij, zatwierdź, oceń, prześlij, uwzględnij",
        ),
        (Tool, "narzędzia, narzędzie, funkcję, funkcji, polecenie, terminal, shell"),
        (
            Meta,
            "prompt injection, wstrzykiwanie, atakujący, atak*, haker*, artykuł*, przykład*, fraz*, zdani*, wykryć, wykrywać, chronić, znaczy, oznacza, przetłumacz, tłumaczenie, powieś*, scen*, postać, badacze, zapobiec, blokować, wyrażeni*",
        ),
        (
            Say,
            "jak, na przykład, przykład, zdanie, fraza, mówi, powiedział, pisze, znaczy, oznacza, tekst, tytuł, wiadomość, przetłumacz, takie jak, typu",
        ),
        (UserAsk, "prośbę użytkownika, polecenia użytkownika, użytkownika"),
        (Address, "uwaga ai, jeśli jesteś ai, do ai, drogi asystencie, dla ai"),
    ],
};

pub static RUSSIAN: Language = Language {
    code: "ru",
    order: Order::Free,
    words: &[
        (
            Verb,
            "игнорируй, игнорируйте, проигнорируй, проигнорируйте, игнорировать, забудь, забудьте, забыть, отбрось, отбросьте, пренебреги, обойди, обойдите, не следуй, не следуйте, не соблюдай, не выполняй, не обращай внимания, не обращайте внимания, отмени, отмените, перестань следовать, пропусти, нарушь, не учитывай, перезапиши, не подчиняйся, отключи",
        ),
        (
            Object,
            "инструкци*, указани*, директив*, промпт*, системное сообщение, предписани*, установки, установок, системный запрос, руководств*, правила безопасности, правил безопасности",
        ),
        (
            WeakObject,
            "правил*, команды, команд, приказы, приказов, ограничени*, фильтр*, запреты, запретов, обучение, распоряжени*",
        ),
        (
            Prior,
            "предыдущ*, прежн*, прошл*, вышеуказанн*, вышеизложенн*, вышестоящ*, ранее, первоначальн*, исходн*, изначальн*, начальн*, свои, своих, свой, своего, твои, твоих, системн*, данные тебе, выше, полученн*, существующ*, предшествующ*, разработчик*",
        ),
        (Every, "все, всех, любые, любых, каждое, весь"),
        (
            Whole,
            "все вышесказанное, все что выше, все вышеизложенное, все предыдущее, все что тебе, все что было, вышесказанное, вышеизложенное, обо всем что, все что ты знаешь, все сказанное, все что я говорил",
        ),
        (
            Other,
            "письм*, почт*, столб*, колонк*, строк*, файл*, предупреждени*, ошибк*, счет, счета, заказ*, абзац*, рецепт*, комментари*, вложени*, эксплуатации, сборке, применению",
        ),
        (Mine, "мои, моих, мой, мое, моего, наши, наших"),
        (Not, "не, никогда, почему, кто, пользователи, люди, многие, часто, они, можно, могут, может, чтобы"),
        (
            NewTask,
            "новые инструкции, новая инструкция, новая задача, твоя новая задача, с этого момента, отныне, теперь ты, новые правила, обновление системы, новая роль, новые указания",
        ),
        (
            Instead,
            "вместо этого, и скажи, и ответь, и покажи, и напиши, и дай, и раскрой, и сделай, и переведи, и выполни, теперь ты, и расскажи, и выведи, и выдай, и отправь, и действуй, и просто",
        ),
        (
            Show,
            "покажи, покажите, раскрой, раскройте, выведи, выведите, дай, скажи, скажите, повтори, повторите, напечатай, напиши, переведи, перескажи, перечисли, скопируй, поделись, расскажи, какой у тебя, какие у тебя, каков твой, каковы твои, процитируй, выдай, опиши, назови, сообщи",
        ),
        (
            Prompt,
            "системный промпт, системного промпта, системное сообщение, свои инструкции, твои инструкции, своих инструкций, системные инструкции, системных инструкций, скрытые инструкции, секретные инструкции, внутренние инструкции, начальные инструкции, исходные инструкции, изначальные инструкции, первоначальные инструкции, свой промпт, твой промпт, ваш промпт, ваши инструкции, ваш системный, твои правила, свои правила, свою конфигурацию, начальный промпт, исходный промпт, скрытый промпт, системную инструкцию, инструкции которые тебе, системный запрос, твой системный, системные настройки",
        ),
        (
            PromptWeak,
            "текст выше, предыдущий текст, все что выше, слова выше, начало этого разговора, начала этого разговора, до этого сообщения, текст до",
        ),
        (About, "для, по, о, об, насчет, относительно"),
        (
            Act,
            "теперь ты, представь что ты, притворись, веди себя как, действуй как, сыграй роль, играй роль, отвечай как, ты больше не, ты являешься, вообрази что ты, прими роль, ролевая игра, симулируй, изображай, ты будешь, сделай вид",
        ),
        (
            Free,
            "отключи все фильтры, отключи фильтры, без ограничений, без каких либо ограничений, без правил, без фильтров, без цензуры, никаких ограничений, никаких правил, нет ограничений, нет правил, нет фильтров, нецензурирован*, неограниченн*, без этики, без морали, свободен от, свободный от, без запретов, все что угодно, что угодно, не имеешь ограничений, не имеет ограничений, лишен морали, без всяких, никаких запретов",
        ),
        (
            Mode,
            "режим разработчика, режиме разработчика, режим dan, режим отладки, режим бога, режим администратора, режиме администратора, режим дан",
        ),
        (Enable, "включен, включи, активирован, активируй, в, перейди, войди"),
        (You, "ты, вы, твой"),
        (Never, "никогда, не, без, никаких, нельзя, избегай, запрещено"),
        (
            Refuse,
            "отказывай*, отказыват*, отказ*, извиняй*, извинени*, извините, предупреждени*, не могу, к сожалению, этик*, этическ*, морал*, оговорок, отклоняй",
        ),
        (BeginWith, "начни ответ с, начни свой ответ, начинай ответ с, начни с, начинай с"),
        (Sure, "конечно вот, конечно, разумеется, да вот, безусловно, вот"),
        (
            Conceal,
            "не говори пользователю, не сообщай пользователю, не сообщай об этом, не упоминай об этом, не упоминай, без ведома пользователя, не уведомляй, тайно, втайне, не спрашивая, не раскрывай, без уведомления, скрытно, не информируй",
        ),
        (Send, "отправь, отправьте, перешли, перешлите, передай, передайте, загрузи, опубликуй, отправить, переслать"),
        (
            Data,
            "пароль, пароли, паролей, учетные данные, api ключ, ключи api, ключ api, переписк*, разговор*, истори*, данные, личные данные, контакты, секреты",
        ),
        (
            Ai,
            "ии ассистент*, ии помощник*, языковая модель, языковой модели, языковым моделям, искусственный интеллект, внимание ии, если ты ии, чат бот, чатбот*, ассистент*, ии агент*, сообщение для ии, инструкция для ии, нейросет*, ии",
        ),
        (
            Do,
            "отправь, отправьте, выполни, выполните, вызови, вызовите, запусти, удали, удалите, переведи, порекомендуй, рекомендуй, скажи, ответь, напиши, открой, посети, добавь, должен, используй, нажми, одобри, оцени, перешли, включи, сообщи",
        ),
        (Tool, "инструмент*, функци*, команду, команды, терминал*, консоль"),
        (
            Meta,
            "промпт инъекци*, инъекци*, злоумышленник*, атак*, хакер*, статья, статье, статьи, пример*, фраз*, обнаруж*, защит*, означает, значит, переведите, перевод*, роман*, сцен*, персонаж*, исследовател*, предотврат*, блокир*, выражени*",
        ),
        (
            Say,
            "например, пример, фраза, фразы, фразу, говорит, сказал, пишет, написал, означает, значит, текст, выражение, название, сообщение, вроде, типа, как",
        ),
        (UserAsk, "запрос пользователя, просьбу пользователя, инструкции пользователя, указания пользователя"),
        (
            Address,
            "внимание ии, если ты ии, сообщение для ии, инструкция для ии, для ии, дорогой ассистент, уважаемый ассистент",
        ),
    ],
};

pub static UKRAINIAN: Language = Language {
    code: "uk",
    order: Order::Free,
    words: &[
        (You, "ти, відтепер ти, тепер ти"),
        (
            Verb,
            "ігноруй, ігноруйте, проігноруй, проігноруйте, забудь, забудьте, відкинь, не дотримуйся, не виконуй, обійди, не зважай, скасуй, знехтуй",
        ),
        (Object, "інструкці*, вказівк*, директив*, промпт*, системне повідомлення, настанов*, приписи"),
        (WeakObject, "правил*, команди, команд, накази, обмежен*, фільтр*, заборони"),
        (
            Prior,
            "попередні*, минул*, вищезазначен*, раніше, початков*, свої, своїх, твої, твоїх, системн*, вище, отриман*, наведені",
        ),
        (Every, "всі, усі, всіх, усіх, будь які"),
        (Whole, "все вищесказане, все що вище, все попереднє, про все що, усе що тобі, все що тобі"),
        (Mine, "мої, моїх, мій"),
        (Not, "не, ніколи, чому, хто"),
        (NewTask, "нові інструкції, нова задача, нове завдання, відтепер, з цього моменту, тепер ти"),
        (
            Instead,
            "натомість, і скажи, і покажи, і напиши, та скажи, та покажи, і виведи, тепер ти, і відповідай, та виведи, і розкрий",
        ),
        (Show, "покажи, покажіть, розкрий, виведи, дай, скажи, повтори, надрукуй, напиши, переклади, перелічи"),
        (
            Prompt,
            "системний промпт, свої інструкції, твої інструкції, системні інструкції, приховані інструкції, секретні інструкції, початкові інструкції, системне повідомлення, свій промпт, твій промпт",
        ),
        (Act, "тепер ти, уяви що ти, прикинься, поводься як, дій як, грай роль"),
        (Free, "без обмежень, без правил, без фільтрів, без цензури, жодних обмежень, жодних правил"),
        (Meta, "зловмисник*, атак*, приклад*, фраз*, стаття"),
        (Say, "наприклад, фраза, фрази, фразу, текст, як"),
    ],
};

pub static TURKISH: Language = Language {
    code: "tr",
    order: Order::Free,
    words: &[
        (
            Verb,
            "yok say*, yoksay*, görmezden gel*, göz ardı et*, unut, unutun, dikkate alma, dikkate almayın, önemseme, boş ver, aş, uyma, geçersiz kıl*, atla, çiğne, es geç, itaat etme, takip etme",
        ),
        (
            Object,
            "talimat*, yönerge*, istem, istemi, istemini, komut istemi, sistem mesaj*, prompt*, direktif*, yönlendirme*, güvenlik kural*",
        ),
        (WeakObject, "kural*, komut*, emir*, kısıtlama*, sınırlama*, filtre*"),
        (
            Prior,
            "önceki, yukarıdaki, daha önceki, eski, ilk, başlangıç*, orijinal, sistem, verilen, senin, sana verilen, mevcut, geçmiş, size verilen, şimdiye kadarki, aldığın",
        ),
        (Every, "tüm, bütün, her, hepsini, hiçbir"),
        (
            Whole,
            "yukarıdaki her şeyi, önceki her şeyi, yukarıdakileri, yukarıdakilerin hepsini, sana söylenen her şeyi, her şeyi, yukarıdakilerin tümünü, bildiğin her şeyi",
        ),
        (
            Other,
            "e posta*, eposta*, sütun*, satır*, dosya*, uyarı*, hata*, fatura*, mektup*, sipariş*, paragraf*, kılavuz*, tarif*, yorum*, mesajımı, kullanım",
        ),
        (Mine, "benim, bizim"),
        (Not, "neden, kim, kullanıcılar, insanlar"),
        (
            NewTask,
            "artık bir, yeni talimatlar, yeni talimat, yeni görev, yeni görevin, bundan sonra, bundan böyle, şu andan itibaren, yeni kurallar, sistem güncellemesi, artık sen",
        ),
        (
            Instead,
            "onun yerine, bunun yerine, ve bana, ve söyle, ve yaz, ve göster, ve cevap, artık sen, sadece, ve şunu, ve sistem, ve ver, ve açıkla",
        ),
        (
            Show,
            "göster, gösterin, açıkla, söyle, söyler misin, ver, tekrarla, tekrar et, yaz, yazdır, çevir, özetle, listele, kopyala, paylaş, ifşa et, neler, nelerdir, aktar, yazar mısın",
        ),
        (
            Prompt,
            "sistem istemi*, sistem istemini, sistem mesajı*, sistem mesajını, sistem talimat*, talimatlarını, talimatların, gizli talimat*, ilk talimat*, başlangıç talimat*, sistem prompt*, sistem promptunu, promptunu, yönergelerini, kurallarını, iç talimat*, orijinal talimat*, gizli istem*",
        ),
        (PromptWeak, "yukarıdaki metni, yukarıdaki her şeyi, önceki metni, konuşmanın başın*"),
        (About, "için, hakkında, ilgili"),
        (
            Act,
            "artık sen, gibi davran, rolünü oyna, rolüne gir, rol yap, farz et, hayal et, olduğunu varsay, sen bir, olarak davran, gibi konuş, olarak cevap, taklit et",
        ),
        (
            Free,
            "kısıtlama olmadan, kısıtlaması olmayan, sınırsız, sınır olmadan, filtresiz, sansürsüz, kuralsız, kural olmadan, hiçbir kural*, hiçbir kısıtlama*, hiçbir sınır*, hiçbir filtre*, ahlaki olmayan, etik kural*, kısıtlamasız, kuralı olmayan, hiçbir etik",
        ),
        (Mode, "geliştirici modu*, dan modu*, hata ayıklama modu*, tanrı modu*, yönetici modu*"),
        (Enable, "etkin, etkinleştir*, aktif, açık, geç, aç, devrede"),
        (You, "yapay zekasın, yapay zekasin, sen, senin, artık"),
        (Never, "asla, hiçbir zaman, hiç, olmadan, yasak"),
        (Refuse, "reddetme, reddet*, özür dileme, özür*, uyarı*, yapamam, üzgünüm, etik, ahlak*, hayır deme"),
        (BeginWith, "cevabına, yanıtına, cevaba, başla, ile başla, diye başla"),
        (Sure, "elbette, tabii ki, tabii, kesinlikle, işte"),
        (
            Conceal,
            "kullanıcıya söyleme, kullanıcıya bildirme, kullanıcıya haber verme, kullanıcının haberi, kullanıcıya bahsetme, bundan bahsetme, gizlice, sormadan, onay almadan, belli etme, kullanıcıya sormadan",
        ),
        (Send, "gönder, gönderin, ilet, iletin, aktar, yükle, paylaş, yolla, e posta ile gönder"),
        (
            Data,
            "şifre*, parola*, api anahtar*, konuşma*, sohbet geçmişi*, veri*, kişisel veri*, gizli, kimlik bilgileri*, kişiler",
        ),
        (
            Ai,
            "yapay zeka, yapay zeka asistan*, dil modeli*, asistan*, sohbet botu*, yapay zekaya, eğer bir yapay zeka, llm, bot",
        ),
        (
            Do,
            "gönder, çalıştır, çağır, sil, aktar, öner, söyle, yanıtla, yaz, aç, ziyaret et, ekle, kullan, tıkla, onayla, ilet, belirt, puan ver, tavsiye et, bildir",
        ),
        (Tool, "araç, aracını, aracı, fonksiyon*, komut*, terminal*"),
        (
            Meta,
            "saldırgan*, saldırı*, istem enjeksiyonu, prompt enjeksiyonu, prompt injection, makale*, örnek*, ifade*, cümle*, tespit*, koru*, anlamı, ne demek, çeviri*, çevirir misin, roman*, sahne*, karakter*, engelle*",
        ),
        (
            Say,
            "gibi, örneğin, örnek, ifade, ifadesi, cümle, cümlesi, cümlesini, diyor, dedi, yazıyor, demek, metin, başlıklı, mesaj, anlamı",
        ),
        (UserAsk, "kullanıcının isteği*, kullanıcının talimat*, kullanıcının"),
        (Address, "yapay zekaya not, yapay zeka asistanı, eğer bir yapay zeka, sevgili asistan, dikkat yapay zeka"),
    ],
};

pub static CZECH: Language = Language {
    code: "cs",
    order: Order::Free,
    words: &[
        (You, "jsi, ty"),
        (
            Verb,
            "ignoruj, ignorujte, zapomeň, zapomeňte, nedbej, nedbejte, přehlížej, zabudni, zabudnite, zahoď, obejdi, neřiď se, porušuj, neber v úvahu, neberte v úvahu",
        ),
        (Object, "instrukc*, pokyn*, směrnic*, prompt*, příkaz*, inštrukci*"),
        (WeakObject, "pravidl*, omezen*, obmedzen*, rozkaz*, filtr*"),
        (
            Prior,
            "předchozí*, dřívější*, výše, původní*, předešl*, tvoje, své, svoje, systémov*, predchádzajúc*, predošl*, dosavadní*, uveden*, počáteční*",
        ),
        (Every, "všechny, všechna, veškeré, všetky, všech"),
        (Whole, "vše výše, všechno výše, všechno co, vše co, na všechno"),
        (
            Other,
            "e mail*, email*, sloup*, řád*, soubor*, varování, chyb*, faktur*, objednávk*, recept*, návod*, obsluze",
        ),
        (Mine, "moje, mé, mých, naše"),
        (Not, "ne, nikdy, proč, kdo, nie"),
        (
            NewTask,
            "odteď, ode dneška, nové instrukce, nové pokyny, nový úkol, tvůj nový úkol, od teď, od této chvíle, odteraz, nová pravidla",
        ),
        (
            Instead,
            "místo toho, a řekni, a napiš, a ukaž, a vypiš, a odpověz, nyní jsi, teď jsi, namiesto toho, a prozraď",
        ),
        (Show, "ukaž, vypiš, prozraď, řekni, zopakuj, napiš, přelož, zobraz, jaký je, jaké jsou, sdělte, sděl, opiš"),
        (
            Prompt,
            "systémový prompt, systémové instrukce, systémové pokyny, své instrukce, tvoje instrukce, své pokyny, skryté instrukce, skryté pokyny, původní instrukce, původní pokyny, tajné instrukce, systémová zpráva, svůj prompt, svůj systémový",
        ),
        (
            Act,
            "nyní jsi, teď jsi, předstírej, chovej se jako, hraj roli, představ si že jsi, odpovídej jako, jednej jako",
        ),
        (
            Free,
            "bez omezení, bez pravidel, bez filtrů, bez cenzury, žádná omezení, žádná pravidla, necenzurovan*, neomezen*, bez jakýchkoli",
        ),
        (Conceal, "neříkej uživateli, neinformuj uživatele, bez vědomí uživatele, nezmiňuj, tajně"),
        (Meta, "útočník*, útok*, příklad*, fráz*, článek, článku, znamená, přelož*, věta, větu"),
        (Say, "jako, například, příklad, fráze, věta, větu, říká, řekl, znamená, text, přelož, přeložte"),
    ],
};

pub static ROMANIAN: Language = Language {
    code: "ro",
    order: Order::Free,
    words: &[
        (
            Verb,
            "ignoră, ignorați, ignora, uită, uitați, nu lua în considerare, nu respecta, nu urma, treci peste, omite",
        ),
        (Object, "instrucțiun*, indicați*, directiv*, prompt*, mesajul de sistem, îndrumăr*"),
        (WeakObject, "regul*, comenzi, comenzile, restricți*, limităr*, ordine"),
        (Prior, "anterioar*, precedent*, de mai sus, inițial*, original*, tale, sistem*, primit*, date, dinainte"),
        (Every, "toate, orice, fiecare"),
        (Whole, "tot ce este mai sus, tot ce ți s a, tot ce e mai sus, tot ce știi"),
        (
            Other,
            "e mail*, email*, mail*, coloan*, rând*, fișier*, avertisment*, ero*, factur*, comand, rețet*, manual*",
        ),
        (Mine, "mele, mea, noastre"),
        (Not, "nu, niciodată, de ce, cine, să"),
        (NewTask, "instrucțiuni noi, noile instrucțiuni, noua ta sarcină, de acum înainte, de acum încolo"),
        (Instead, "în schimb, și spune, și afișează, și scrie, și arată, și dezvăluie, și răspunde, acum ești"),
        (Show, "arată, afișează, dezvăluie, spune, repetă, scrie, tradu, care este, care sunt, listează, dă"),
        (
            Prompt,
            "promptul de sistem, prompt de sistem, prompt ul de sistem, instrucțiunile tale, instrucțiunile de sistem, instrucțiunile inițiale, instrucțiunile ascunse, instrucțiunile secrete, mesajul de sistem, promptul tău, system prompt",
        ),
        (Act, "acum ești, prefă te, comportă te ca, joacă rolul, imaginează ți că ești, acționează ca"),
        (
            Free,
            "fără restricții, fără reguli, fără limite, fără filtre, fără cenzură, nicio restricție, necenzurat*, nelimitat*",
        ),
        (Meta, "atacator*, atac*, exemplu, exemple, fraz*, articol*, înseamnă, tradu, traduce*"),
        (Say, "precum, exemplu, fraza, fraze, spune, înseamnă, text, ca"),
    ],
};
