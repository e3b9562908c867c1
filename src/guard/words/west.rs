//! The languages of Europe's west and north.

use super::Class::*;
use super::{Language, Order};

pub static GERMAN: Language = Language {
    code: "de",
    order: Order::Free,
    words: &[
        (
            Verb,
            "ignorier*, missacht*, missachte, vergiss, vergesst, vergessen sie, vergessen, verwirf, verwerfen, übergeh*, umgeh*, überschreib*, setze dich über, setz dich über, beachte nicht, beachte nicht mehr, befolge nicht, befolge nicht mehr, folge nicht, folge nicht mehr, außer acht, außer kraft, hinweg, nicht beachten, nicht befolgen, nicht mehr befolgen, hör auf",
        ),
        (
            Object,
            "anweisung*, instruktion*, systemanweisung*, systemprompt*, prompt, prompts, richtlinie*, direktive*, sicherheitsrichtlinie*, vorgaben, programmierung, systemnachricht*, sicherheitsregeln",
        ),
        (
            WeakObject,
            "regel, regeln, befehl*, vorschrift*, einschränkung*, beschränkung*, filter, training, aufträge, grenzen, sicherheitsfilter",
        ),
        (
            Prior,
            "vorherig*, vorig*, bisherig*, obig*, früher*, vorangegangen*, vorangehend*, vorhergehend*, ursprünglich*, zuvor, deine, deinen, deiner, dein, ihre bisherigen, bestehend*, oben, system, gegeben*, erhalten hast, entwickler*, darüber, anfänglich*, davor",
        ),
        (Every, "alle, aller, allen, alles, sämtlich*, jegliche*, jede, jeden"),
        (
            Whole,
            "alles, alles oben, alles obige, alles vorherige, alles bisherige, alles was du, alles was dir, alles davor, alles zuvor, das obige, das vorherige, was dir gesagt wurde, was oben steht",
        ),
        (
            Other,
            "mail, e mail, email, spalte*, zeile*, datei*, warnung*, fehler*, rechnung*, nachricht, brief, absatz, kapitel, tabelle, bestellung, termin*, handbuch*, gebrauchsanweisung*, bedienungsanleitung*, montageanleitung*, rezept*, kommentar*, angebot*",
        ),
        (Mine, "meine, meiner, meinen, mein, unsere, unserer, ich dir gegeben, ich geschickt, ich geschrieben"),
        (
            Not,
            "nicht, niemals, warum, wer, sie, viele, leute, nutzer, kunden, mitarbeiter, man, manche, zu, wird, werden, ich, wir, kann, könnte, darf, nie",
        ),
        (
            NewTask,
            "neue anweisungen, neue anweisung, deine neue aufgabe, neue aufgabe, ab jetzt, ab sofort, von nun an, neue regeln, neue instruktionen, stattdessen, systemupdate, neue rolle, folge nur",
        ),
        (
            Instead,
            "stattdessen, und sag, und sage, und schreib*, und gib, und antworte, und zeig*, und verrat*, und nenn*, und tu, und antworten sie, und mach*, und übersetz*, und führe, du bist jetzt, sondern",
        ),
        (
            Show,
            "zeig, zeige, zeigen, gib, verrate, verrat, nenne, nenn, wiederhole, wiederholen, drucke, schreib*, sag, sage, offenbare, enthülle, übersetze, liste, kopiere, teile, ausgeben, gib aus, lies, erzähle, fasse, verraten, was ist, was sind, wie lauten, wie lautet, zitiere, preisgeben, wiedergib, gib wieder",
        ),
        (
            Prompt,
            "systemprompt, system prompt, systemanweisung*, deine anweisungen, deine ursprünglichen anweisungen, deine anfänglichen anweisungen, deinen prompt, deinen anfangsprompt, deine instruktionen, deine geheimen anweisungen, deine internen anweisungen, deine versteckten anweisungen, deine regeln, deine richtlinien, deine konfiguration, versteckten anweisungen, deinen systemprompt, deinen system prompt, geheime anweisungen, internen anweisungen, systemnachricht, deine vorgaben, deiner systemanweisung, deiner anweisungen, ihren systemprompt, ihre systemanweisungen, dir gegebenen anweisungen, ursprünglichen prompt",
        ),
        (
            PromptWeak,
            "text oben, obigen text, obige text, alles über dieser, alles oberhalb, alles was vor, text vor dieser, wörter über, alles oben",
        ),
        (About, "für, zum, zur, über, bezüglich"),
        (
            Act,
            "als wärst du, als wärest du, du bist jetzt, du bist nun, tu so als, tue so als, verhalte dich wie, verhalte dich als, spiel die rolle, spiele die rolle, spiele eine, agiere als, stell dir vor du, gib dich als, rollenspiel, antworte als, handle als, du bist ein, du bist eine, ab jetzt bist du, schlüpf in, simuliere",
        ),
        (
            Free,
            "ohne jede einschränkung, ohne jegliche einschränkung, ohne jede regel, alle sicherheitsfilter ab, sicherheitsfilter ab, deaktiviere alle filter, deaktiviere deine filter, filter aus, ohne einschränkungen, ohne beschränkungen, ohne regeln, ohne filter, ohne zensur, keine einschränkungen, keine regeln, keine filter, keine grenzen, unzensiert*, uneingeschränkt*, ungefiltert*, ohne moral, ohne ethische, ohne jegliche, keine ethischen, keine moral, ohne grenzen, alles darf, alles tun kann, alles kannst, keinerlei, frei von allen, ohne richtlinien, keine richtlinien, an keine, keine beschränkungen, alles beantwortet",
        ),
        (
            Mode,
            "entwicklermodus, entwickler modus, dan modus, debug modus, gottmodus, wartungsmodus, administratormodus, adminmodus",
        ),
        (Enable, "aktivier*, eingeschaltet, einschalten, im, wechsle, schalte, starte"),
        (You, "du bist, du, dich, deinen, dein"),
        (Never, "nie, niemals, ohne, nicht, kein, keine, darfst nicht, vermeide, verboten"),
        (
            Refuse,
            "ablehn*, verweiger*, entschuldig*, warnhinweis*, warnung*, kann ich nicht, ich kann nicht, leider, bedenken, moralisch*, ethisch*, hinweise, nein sagen",
        ),
        (
            BeginWith,
            "beginne deine antwort mit, beginne mit, fang an mit, starte deine antwort mit, deine antwort muss mit, antworte mit",
        ),
        (
            Sure,
            "natürlich hier, klar hier, sicher hier, selbstverständlich, natürlich, klar, gerne, aber sicher, sicher, ja hier",
        ),
        (
            Conceal,
            "sag dem nutzer nichts, sag dem benutzer nichts, sage dem benutzer nichts, ohne den nutzer, ohne den benutzer, ohne es dem, informiere den nutzer nicht, informiere den benutzer nicht, erwähne dies nicht, erwähne das nicht, erwähne diese, verrate nicht, heimlich, ohne nachzufragen, ohne rückfrage, nicht erwähnen, dem nutzer nicht, dem benutzer nicht",
        ),
        (
            Send,
            "sende, schicke, sende bitte, leite, übermittle, verschicke, übertrage, lade hoch, senden, weiterleiten, schick, poste",
        ),
        (
            Data,
            "passwort, passwörter, zugangsdaten, api schlüssel, api key, konversation, gespräch, gesprächsverlauf, chatverlauf, daten, kundendaten, geheimnisse, unterhaltung, verlauf, kreditkarten*, kontakte, systemprompt",
        ),
        (
            Ai,
            "ki assistent, ki assistenten, ki modell, ki modelle, ki system*, sprachmodell*, assistent, an die ki, hinweis an die ki, falls du eine ki, wenn du eine ki, chatbot, liebe ki, achtung ki, ki agent*, anweisung an die ki, künstliche intelligenz",
        ),
        (
            Do,
            "sende, schicke, führe, rufe, lösche, überweise, empfehle, empfiehl, sage, antworte, schreibe, öffne, besuche, füge, musst, bewerte, erwähne, gib, leite, benutze, verwende, ignoriere, bestätige, klicke, nenne, behaupte, stufe",
        ),
        (Tool, "tool, werkzeug, funktion, befehl, befehle, shell, terminal"),
        (
            Meta,
            "prompt injection, angreifer, angriff*, jailbreak*, sicherheitsforscher, artikel, beispiel*, phrasen, sätze wie, erkennen, schützen, verhindern, bedeutet, heißt, übersetze, übersetzen, roman, szene, figur, ausdruck, formulierung*",
        ),
        (
            Say,
            "wie, beispiel, satz, sätze, phrase, sagt, sagte, bedeutet, heißt, schreibt, text, lautet, eingabe, titel, übersetze, formulierung, etwa, schrieb, rief, befehl",
        ),
        (
            UserAsk,
            "anfrage des nutzers, anweisungen des nutzers, anfrage des benutzers, anweisungen des benutzers, des nutzers, des benutzers",
        ),
        (
            Address,
            "hinweis an die ki, an die ki, falls du eine ki, wenn du eine ki, liebe ki, achtung ki, anweisung an die ki, für die ki, ki assistenten sollen, lieber assistent",
        ),
    ],
};

pub static FRENCH: Language = Language {
    code: "fr",
    order: Order::Free,
    words: &[
        (
            Verb,
            "ignore, ignorez, ignorer, oublie, oubliez, oublier, néglige, négligez, contourne, contournez, outrepasse, outrepassez, fais abstraction, faites abstraction, ne tiens pas compte, ne tenez pas compte, ne tiens plus compte, ne tenez plus compte, ne suis pas, ne suis plus, ne suivez pas, ne suivez plus, passe outre, passez outre, désobéis, désobéissez, écrase, annule, annulez, mets de côté, laisse tomber, abandonne, arrête de suivre, ne respecte pas, ne respecte plus, ne prends pas en compte, ne prenez pas en compte",
        ),
        (
            Object,
            "instruction, instructions, consigne, consignes, directive, directives, invite système, prompt, prompts, programmation, message système, lignes directrices, règles de sécurité, politique de contenu",
        ),
        (
            WeakObject,
            "règle, règles, ordres, commandes, restrictions, contraintes, limites, filtres, limitations, entraînement",
        ),
        (
            Prior,
            "précédent, précédente, précédentes, précédents, antérieur, antérieure, antérieures, antérieurs, ci dessus, initial, initiale, initiales, initiaux, d origine, originales, dorigine, tes, ton, vos, votre, système, reçues, données, avant, préalables, plus haut, existantes, qui précèdent, du système, ta, tu as reçues, t ont été, développeurs",
        ),
        (Every, "toutes, tous, toute, tout, chaque, l ensemble, ensemble"),
        (
            Whole,
            "tout ce qui précède, ce qui précède, tout ce qu on t a dit, tout ce qui est au dessus, tout ce que tu sais, tout ce qu on vous a dit, tout ce que vous savez, tout ce qui a été dit, tout ce quon, tout ce que l on",
        ),
        (
            Other,
            "mail, e mail, courriel*, colonne*, ligne, fichier*, avertissement*, erreur*, facture*, lettre, commande, paragraphe, rendez vous, notice, recette*, commentaire*, pièce jointe, devis, montage",
        ),
        (Mine, "mes, mon, ma, nos, notre, je t ai, je vous ai"),
        (
            Not,
            "jamais, n, ne, pourquoi, qui, les gens, utilisateurs, d, de, à, il, elle, ils, on, nous, pas, peut, peuvent, j, je",
        ),
        (
            NewTask,
            "nouvelles instructions, nouvelle instruction, nouvelle tâche, ta nouvelle tâche, à partir de maintenant, désormais, dorénavant, nouvelles règles, nouvelle consigne, nouvelles consignes, mise à jour du système, nouveau rôle",
        ),
        (
            Instead,
            "à la place, au lieu, et dis, et réponds, et affiche, et donne, et écris, et montre, et révèle, et dites, et répondez, et affichez, et donnez, et écrivez, et fais, et traduis, et exécute, tu es maintenant, vous êtes maintenant, plutôt, et agis, et raconte, et envoie, et révélez, et montrez",
        ),
        (
            Show,
            "recopie, recopiez, retranscris, montre, montrez, affiche, affichez, révèle, révélez, donne, donnez, répète, répétez, dis, dites, écris, écrivez, imprime, divulgue, divulguez, traduis, résume, liste, copie, partage, cite, quel est, quelles sont, quels sont, quelle est, reproduis, communique, recopie, recopiez, dévoile, dévoilez",
        ),
        (
            Prompt,
            "le message système que tu as reçu, message système que tu as, prompt système, invite système, message système, tes instructions, vos instructions, tes consignes, vos consignes, tes directives, vos directives, tes règles, ton prompt, votre prompt, instructions système, instructions initiales, instructions cachées, instructions secrètes, instructions internes, consignes initiales, consignes secrètes, consignes internes, ta configuration, votre configuration, system prompt, tes instructions initiales, vos instructions initiales, prompt initial, instructions d origine, consignes cachées, consignes système",
        ),
        (
            PromptWeak,
            "texte ci dessus, tout ce qui précède, texte précédent, mots ci dessus, au dessus de cette, début de cette conversation, début de la conversation",
        ),
        (About, "pour, sur, concernant, à propos"),
        (
            Act,
            "tu es maintenant, vous êtes maintenant, agis comme, agissez comme, fais semblant, faites semblant, comporte toi, comportez vous, joue le rôle, jouez le rôle, imagine que tu, imaginez que vous, tu es un, tu es une, prends le rôle, réponds comme, incarne, fais comme si, simule, prétends être, jeu de rôle, tu seras, tu vas jouer",
        ),
        (
            Free,
            "désactive tous tes filtres, désactive tes filtres, désactive les filtres, désactive tous les filtres, sans restriction, sans restrictions, sans aucune restriction, sans limite, sans limites, sans aucune limite, sans filtre, sans filtres, sans aucun filtre, sans censure, aucune restriction, aucune règle, aucune limite, non censuré*, sans règles, sans aucune règle, sans morale, sans éthique, sans aucune éthique, pas de règles, pas de limites, libéré de, libre de toute, sans tabou, aucun filtre, aucune censure, tout faire, tout dire, affranchi*, amoral*, n est soumis à aucune, sans aucune contrainte, ni éthique",
        ),
        (
            Mode,
            "mode développeur, mode dan, mode débogage, mode debug, mode dieu, mode administrateur, mode maintenance, mode sans",
        ),
        (Enable, "activé, active, activez, activer, passe en, passez en, entre en, en, désormais"),
        (You, "tu es, vous êtes, tu, toi, vous"),
        (Never, "jamais, sans, ne, n, pas, aucun, aucune, interdit, évite"),
        (
            Refuse,
            "refuse, refuser, refusez, excuse, excuses, excuser, avertissement*, désolé, je ne peux pas, mise en garde, mises en garde, moral, morale, éthique, décliner, dire non",
        ),
        (
            BeginWith,
            "commence ta réponse par, commencez votre réponse par, commence par, commencez par, débute par, ta réponse doit commencer",
        ),
        (Sure, "bien sûr voici, bien sûr, d accord voici, absolument, certainement, oui voici, voici, avec plaisir"),
        (
            Conceal,
            "ne dis rien à l utilisateur, ne dites rien à l utilisateur, sans le dire à, sans prévenir, sans informer, sans en informer, ne mentionne pas, ne mentionnez pas, n informe pas, n informez pas, discrètement, secrètement, en secret, sans demander, à l insu, ne révèle pas, ne le dis pas, ne parle pas de",
        ),
        (
            Send,
            "envoie, envoyez, envoyer, transmets, transmettez, transfère, transférez, poste, publie, télécharge, transférer",
        ),
        (
            Data,
            "mot de passe, mots de passe, identifiants, clé api, clés api, conversation, historique, données, secrets, contacts, données personnelles, carte bancaire, prompt système",
        ),
        (
            Ai,
            "assistant ia, assistants ia, modèle d ia, modèle de langage, modèles de langage, ia, intelligence artificielle, note à l ia, note pour l ia, si tu es une ia, si vous êtes une ia, chatbot, à l attention de l ia, agent ia, à l assistant, assistant, llm, chère ia",
        ),
        (
            Do,
            "envoie, envoyez, exécute, exécutez, appelle, appelez, supprime, supprimez, transfère, transférez, recommande, recommandez, dis, dites, réponds, répondez, écris, écrivez, ouvre, ouvrez, ajoute, ajoutez, dois, devez, visite, visitez, note, utilise, utilisez, cliquez, affirme, classe, virement",
        ),
        (Tool, "outil, outils, fonction, commande, commandes, terminal, shell"),
        (
            Meta,
            "injection de prompt, injections de prompt, attaquant*, attaque*, pirate*, article, exemple*, phrase, phrases, détecter, protéger, signifie, veut dire, traduire, traduction, traduisez, roman, scène, personnage, chercheurs, empêcher, bloquer, expression",
        ),
        (
            Say,
            "comme, exemple, phrase, phrases, dit, disait, écrit, signifie, veut dire, texte, expression, titre, intitulé, message, tel que, telles que, traduire, traduisez, traduis, type",
        ),
        (
            UserAsk,
            "demande de l utilisateur, instructions de l utilisateur, consignes de l utilisateur, de l utilisateur, l utilisateur demande",
        ),
        (
            Address,
            "note à l ia, note pour l ia, si tu es une ia, si vous êtes une ia, à l attention de l ia, chère ia, cher assistant, attention ia, à l assistant",
        ),
    ],
};

pub static SPANISH: Language = Language {
    code: "es",
    order: Order::Free,
    words: &[
        (
            Verb,
            "ignora, ignore, ignorad, ignorar, olvida, olvide, olvidad, olvidar, olvídate, olvídese, olvidate, descarta, descarte, descartar, omite, omita, omitir, haz caso omiso, haga caso omiso, no hagas caso, no haga caso, no sigas, no siga, no obedezcas, desobedece, salta, sáltate, anula, desatiende, pasa por alto, pase por alto, deja de lado, deje de lado, deja de seguir, elude, sobrescribe, no tengas en cuenta, no tenga en cuenta, desecha",
        ),
        (
            Object,
            "instrucción, instrucciones, indicaciones, directiva, directivas, directrices, prompt, prompts, mensaje del sistema, programación, pautas, normas de seguridad, reglas de seguridad, política de contenido, lineamientos",
        ),
        (
            WeakObject,
            "regla, reglas, órdenes, ordenes, normas, comandos, restricciones, limitaciones, límites, filtros, entrenamiento",
        ),
        (
            Prior,
            "anterior, anteriores, previa, previas, previo, previos, precedente, precedentes, arriba, inicial, iniciales, original, originales, tus, tu, sus, su, sistema, recibidas, recibido, dadas, dado, antes, existentes, que te dieron, te han dado, del sistema, se te dieron, desarrolladores",
        ),
        (Every, "todas, todos, toda, todo, cualquier, cada"),
        (
            Whole,
            "todo lo que te ordenaron, todo lo que te mandaron, todo lo que te pidieron, todo lo anterior, lo anterior, todo lo que te dijeron, todo lo que te han dicho, todo lo que sabes, todo lo dicho, todo lo de arriba, todo lo previo, lo de arriba, todo lo que se te",
        ),
        (
            Other,
            "correo*, columna*, fila*, archivo*, advertencia*, error*, factura*, carta, pedido, párrafo, cita, manual, receta*, comentario*, adjunto, línea*, montaje, uso, mensaje",
        ),
        (Mine, "mis, mi, nuestras, nuestra, yo te di, te di"),
        (
            Not,
            "no, nunca, por qué, quién, quienes, usuarios, gente, que, a, para, muchos, él, ella, ellos, puede, pueden, yo, se",
        ),
        (
            NewTask,
            "nuevas instrucciones, nueva instrucción, nueva tarea, tu nueva tarea, a partir de ahora, desde ahora, de ahora en adelante, nuevas reglas, actualización del sistema, nuevo rol, tu nuevo",
        ),
        (
            Instead,
            "en su lugar, en cambio, y di, y dime, y responde, y muestra, y escribe, y dame, y revela, y haz, y traduce, y ejecuta, ahora eres, y actúa, y muéstrame, y cuéntame, y diga, y responda, y muestre, y envía, simplemente di, y contesta",
        ),
        (
            Show,
            "muestra, muéstrame, muestre, revela, revele, dime, di, dame, da, repite, repita, imprime, escribe, traduce, resume, lista, copia, comparte, divulga, expón, enséñame, cuál es, cuáles son, cuales son, cual es, reproduce, cita, enumera, comparta, indica, revélame, filtra, transcribe",
        ),
        (
            Prompt,
            "instrucciones que recibiste, instrucciones que te dieron, instrucciones recibidas, prompt del sistema, prompt de sistema, mensaje del sistema, tus instrucciones, sus instrucciones, tus directrices, tus reglas, tu prompt, tu configuración, instrucciones del sistema, instrucciones iniciales, instrucciones ocultas, instrucciones secretas, instrucciones internas, instrucciones originales, prompt inicial, system prompt, tus indicaciones, tus normas, indicaciones del sistema, prompt oculto, tus pautas, indicaciones iniciales, instrucciones que te",
        ),
        (
            PromptWeak,
            "texto anterior, texto de arriba, todo lo anterior, palabras anteriores, lo que está arriba, inicio de esta conversación, inicio de la conversación, antes de este mensaje",
        ),
        (About, "para, sobre, acerca, respecto"),
        (
            Act,
            "ahora eres, actúa como, actúe como, finge ser, finge que eres, hazte pasar, compórtate como, haz el papel, haz de cuenta, imagina que eres, eres un, eres una, responde como, juega el papel, interpreta, simula, asume el rol, asume el papel, juego de rol, serás, vas a actuar, pretende ser, adopta",
        ),
        (
            Free,
            "desactiva tus filtros, desactiva los filtros, desactiva todos tus filtros, sin restricciones, sin ninguna restricción, sin reglas, sin límites, sin filtros, sin filtro, sin censura, ninguna restricción, no tiene restricciones, no tienes restricciones, no tiene reglas, sin limitaciones, sin ética, sin moral, sin ningún límite, sin ningún filtro, libre de, amoral*, no tiene límites, no tienes límites, todo lo que quiera, cualquier cosa, sin principios, no censurad*, sin normas, sin ninguna regla, liberado, ni ética",
        ),
        (
            Mode,
            "modo desarrollador, modo de desarrollador, modo dan, modo depuración, modo dios, modo administrador, modo sin, modo mantenimiento",
        ),
        (Enable, "activado, activada, activa, activar, entra en, habilitado, habilita, estás en, en, cambia a"),
        (You, "eres, tú, estás, tu, usted"),
        (Never, "nunca, jamás, no, sin, ningún, ninguna, evita, prohibido"),
        (
            Refuse,
            "rechaces, rechazar, niegues, negarte, disculpes, disculpas, disculparte, advertencia*, no puedo, lo siento, ética, ético, moral, morales, avisos, negativa, te niegues, decir que no",
        ),
        (
            BeginWith,
            "empieza tu respuesta con, comienza tu respuesta con, empieza con, comienza con, comience con, inicia tu respuesta con, debe empezar con, debe comenzar con",
        ),
        (Sure, "claro aquí, por supuesto aquí, claro, por supuesto, seguro, desde luego, sí aquí, claro que sí"),
        (
            Conceal,
            "no le digas al usuario, no informes al usuario, sin informar al usuario, sin decírselo, sin avisar, sin que el usuario, no menciones, no lo menciones, no reveles, en secreto, a escondidas, sin preguntar, sin pedir confirmación, no se lo digas, no le menciones, sin notificar, ocultamente",
        ),
        (Send, "envía, envíe, enviar, manda, mande, reenvía, transmite, transfiere, sube, publica, remite"),
        (
            Data,
            "contraseña, contraseñas, credenciales, clave api, claves api, api key, conversación, historial, datos, secretos, contactos, datos personales, tarjeta*, tokens",
        ),
        (
            Ai,
            "asistente de ia, asistentes de ia, modelo de ia, modelo de lenguaje, modelos de lenguaje, ia, inteligencia artificial, nota para la ia, nota a la ia, si eres una ia, chatbot, agente de ia, asistente virtual, asistente, llm, atención ia",
        ),
        (
            Do,
            "envía, envíe, ejecuta, ejecute, llama, llame, elimina, elimine, borra, borre, transfiere, transfiera, recomienda, recomiende, di, diga, responde, responda, escribe, abre, abra, visita, visite, añade, agrega, incluye, incluya, debes, debe, usa, utiliza, haz clic, clasifica, aprueba, reenvía, afirma, califica",
        ),
        (Tool, "herramienta, herramientas, función, comando, comandos, terminal, shell"),
        (
            Meta,
            "inyección de prompt, inyección de prompts, atacante*, ataque*, hacker*, artículo, ejemplo*, frase, frases, detectar, proteger, significa, quiere decir, traduce, traducir, traducción, novela, escena, personaje, investigadores, evitar que, prevenir, bloquear, expresión",
        ),
        (
            Say,
            "como, ejemplo, frase, frases, dice, dijo, escribe, escribió, significa, texto, expresión, título, titulado, mensaje, por ejemplo, tal como, traduce, palabras, poner, puso",
        ),
        (UserAsk, "petición del usuario, solicitud del usuario, instrucciones del usuario, del usuario"),
        (
            Address,
            "nota para la ia, nota a la ia, si eres una ia, atención ia, querido asistente, para la ia, asistente de ia",
        ),
    ],
};

pub static ITALIAN: Language = Language {
    code: "it",
    order: Order::Free,
    words: &[
        (
            Verb,
            "ignora, ignori, ignorate, ignorare, dimentica, dimentichi, dimenticate, dimenticare, dimenticati, tralascia, scarta, trascura, non seguire, non seguire più, non rispettare, disobbedisci, aggira, non tenere conto, non considerare, non tener conto, annulla, sovrascrivi, metti da parte, lascia perdere, smetti di seguire, bypassa",
        ),
        (
            Object,
            "istruzione, istruzioni, direttiva, direttive, prompt, indicazioni, linee guida, messaggio di sistema, programmazione, regole di sicurezza",
        ),
        (
            WeakObject,
            "regola, regole, ordini, comandi, restrizioni, limitazioni, limiti, filtri, vincoli, addestramento",
        ),
        (
            Prior,
            "precedente, precedenti, antecedenti, sopra, iniziale, iniziali, originale, originali, tue, tuo, tuoi, sistema, ricevute, date, prima, esistenti, che ti sono, sue, di sistema, sviluppatori, finora, fornite",
        ),
        (Every, "tutte, tutti, tutto, tutta, qualsiasi, ogni"),
        (
            Whole,
            "tutto quanto sopra, tutto ciò che precede, quanto sopra, tutto quello che ti, tutto ciò che ti, tutto quello che sai, ciò che precede, tutto quello che precede",
        ),
        (
            Other,
            "email, e mail, mail, colonna, colonne, riga, righe, file, avviso, avvisi, errore, errori, fattura, lettera, ordine, paragrafo, manuale, ricetta, commento, allegato, montaggio",
        ),
        (Mine, "mie, miei, mio, nostre, ti ho"),
        (Not, "non, mai, perché, chi, utenti, di, a, si, loro, lui, lei, molti, può, possono, che"),
        (
            NewTask,
            "nuove istruzioni, nuova istruzione, nuovo compito, il tuo nuovo compito, da ora in poi, d ora in poi, da adesso, nuove regole, aggiornamento di sistema, nuovo ruolo",
        ),
        (
            Instead,
            "invece, e dimmi, e di, e rispondi, e mostra, e scrivi, e dammi, e rivela, e fai, e traduci, e esegui, ed esegui, ora sei, adesso sei, e mostrami, e agisci, e invia, e stampa",
        ),
        (
            Show,
            "mostra, mostrami, rivela, rivelami, dimmi, dammi, ripeti, stampa, scrivi, traduci, riassumi, elenca, copia, condividi, divulga, qual è, quali sono, riporta, cita, trascrivi, svela, svelami",
        ),
        (
            Prompt,
            "prompt di sistema, messaggio di sistema, tue istruzioni, tuo prompt, tue direttive, tue regole, istruzioni di sistema, istruzioni iniziali, istruzioni nascoste, istruzioni segrete, istruzioni interne, prompt iniziale, system prompt, tua configurazione, tue linee guida, istruzioni originali, istruzioni che ti",
        ),
        (
            PromptWeak,
            "testo sopra, testo precedente, tutto ciò che precede, inizio di questa conversazione, inizio della conversazione, parole sopra",
        ),
        (About, "per, su, riguardo, sul, sulla"),
        (
            Act,
            "ora sei, adesso sei, agisci come, comportati come, fingi di essere, fai finta, interpreta, immagina di essere, sei un, sei una, rispondi come, assumi il ruolo, gioca il ruolo, recita, simula, impersona, gioco di ruolo, sarai",
        ),
        (
            Free,
            "disattiva i filtri, disattiva tutti i filtri, disattiva i tuoi filtri, senza restrizioni, senza alcuna restrizione, senza regole, senza limiti, senza filtri, senza censura, nessuna restrizione, nessuna regola, nessun limite, nessun filtro, senza etica, senza morale, non ha restrizioni, non hai restrizioni, libero da, amorale, qualsiasi cosa, senza limitazioni, senza vincoli, non censurat*, senza alcun",
        ),
        (
            Mode,
            "modalità sviluppatore, modalità dan, modalità debug, modalità dio, modalità amministratore, modalità manutenzione",
        ),
        (Enable, "attivata, attiva, attivare, entra in, abilitata, sei in, in"),
        (You, "sei, tu, ti"),
        (Never, "mai, non, senza, nessun, nessuna, evita, vietato"),
        (
            Refuse,
            "rifiutare, rifiutarti, scusarti, scuse, avvertenz*, avviso, avvisi, non posso, mi dispiace, etica, etiche, morale, morali, negare, dire di no",
        ),
        (
            BeginWith,
            "inizia la tua risposta con, inizia la risposta con, inizia con, comincia con, cominciare con, deve iniziare con",
        ),
        (Sure, "certo ecco, certo, certamente, assolutamente, ecco, sì ecco, sicuro, naturalmente"),
        (
            Conceal,
            "non dirlo all utente, non informare l utente, senza informare, senza dirlo, senza avvisare, non menzionare, non rivelare, di nascosto, in segreto, segretamente, senza chiedere, all insaputa, non dire all utente",
        ),
        (Send, "invia, inviare, manda, inoltra, trasmetti, trasferisci, carica, pubblica, spedisci"),
        (
            Data,
            "password, credenziali, chiave api, chiavi api, conversazione, cronologia, dati, segreti, contatti, dati personali, carta di credito",
        ),
        (
            Ai,
            "assistente ia, assistente ai, assistenti ai, modello linguistico, modelli linguistici, intelligenza artificiale, nota per l ia, nota per l ai, se sei una ia, se sei un ia, chatbot, agente ai, assistente virtuale, assistente, llm, attenzione ai",
        ),
        (
            Do,
            "invia, esegui, chiama, elimina, cancella, trasferisci, raccomanda, consiglia, di, rispondi, scrivi, apri, visita, aggiungi, includi, devi, usa, utilizza, clicca, approva, inoltra, afferma, classifica",
        ),
        (Tool, "strumento, strumenti, funzione, comando, comandi, terminale, shell"),
        (
            Meta,
            "prompt injection, attaccant*, attacco, attacchi, hacker, articolo, esempio, esempi, frase, frasi, rilevare, proteggere, significa, traduci, traduzione, romanzo, scena, personaggio, ricercatori, impedire, bloccare, espressione",
        ),
        (
            Say,
            "come, esempio, frase, frasi, dice, disse, scrive, scrivono, significa, testo, espressione, titolo, intitolato, messaggio, traduci, tipo",
        ),
        (
            UserAsk,
            "la richiesta dell utente, domanda dell utente, la domanda dell utente, richiesta dell utente, istruzioni dell utente, dell utente",
        ),
        (
            Address,
            "nota per l assistente ia, nota per l assistente, istruzioni per l ia, nota per l ia, nota per l ai, se sei una ia, se sei un ia, attenzione ai, caro assistente, attenzione ia",
        ),
    ],
};

pub static PORTUGUESE: Language = Language {
    code: "pt",
    order: Order::Free,
    words: &[
        (
            Verb,
            "ignore, ignora, ignorar, ignorem, esqueça, esquece, esquecer, esqueçam, desconsidere, desconsidera, desconsiderar, descarte, descarta, desobedeça, não siga, não sigas, não obedeça, contorne, anule, pule, deixe de lado, deixe de seguir, burle, sobrescreva, não leve em conta, pare de seguir, passe por cima",
        ),
        (
            Object,
            "instrução, instruções, instrucoes, diretriz, diretrizes, diretivas, prompt, prompts, mensagem do sistema, programação, orientações, regras de segurança, indicações",
        ),
        (WeakObject, "regra, regras, ordens, comandos, restrições, limitações, limites, filtros, treinamento, normas"),
        (
            Prior,
            "anterior, anteriores, prévia, prévias, prévio, acima, inicial, iniciais, original, originais, suas, seu, sua, seus, tuas, teu, sistema, recebidas, dadas, antes, existentes, do sistema, que você recebeu, que recebeste, desenvolvedores, foram dadas",
        ),
        (Every, "todas, todos, tudo, toda, qualquer, cada"),
        (
            Whole,
            "tudo acima, tudo o que foi dito, tudo que foi dito, tudo o que está acima, o que foi dito antes, tudo o que você sabe, tudo anterior, o acima, tudo que veio antes, tudo o que te disseram, tudo o que lhe foi",
        ),
        (
            Other,
            "email, e mail, emails, coluna, colunas, linha, linhas, arquivo, ficheiro, aviso, avisos, erro, erros, fatura, carta, pedido, parágrafo, manual, receita, comentário, anexo, mensagem, montagem, uso",
        ),
        (Mine, "minhas, minha, meus, meu, nossas, eu te dei, que enviei"),
        (Not, "não, nunca, por que, quem, usuários, de, a, para, eles, ele, ela, muitos, pode, podem, que, se"),
        (
            NewTask,
            "novas instruções, nova instrução, nova tarefa, sua nova tarefa, a partir de agora, de agora em diante, daqui em diante, novas regras, atualização do sistema, novo papel",
        ),
        (
            Instead,
            "em vez disso, e diga, e responda, e mostre, e escreva, e revele, e me diga, e faça, e traduza, e execute, agora você é, e me mostre, e aja, e envie, e imprima, e me dê, ao invés",
        ),
        (
            Show,
            "mostre, mostra, revele, revela, diga, me diga, dê, repita, imprima, escreva, traduza, resuma, liste, copie, compartilhe, partilhe, divulgue, exponha, qual é, quais são, reproduza, cite, exiba, transcreva, conte",
        ),
        (
            Prompt,
            "prompt do sistema, prompt de sistema, mensagem do sistema, suas instruções, tuas instruções, seu prompt, teu prompt, suas diretrizes, suas regras, instruções do sistema, instruções iniciais, instruções ocultas, instruções secretas, instruções internas, instruções originais, prompt inicial, system prompt, sua configuração, instruções que você, prompt oculto",
        ),
        (
            PromptWeak,
            "texto acima, texto anterior, tudo acima, palavras acima, início desta conversa, início da conversa, antes desta mensagem",
        ),
        (About, "para, sobre, acerca"),
        (
            Act,
            "agora você é, você agora é, aja como, atue como, finja ser, finja que é, finja que você, faça de conta, comporte se como, interprete, imagine que você, você é um, você é uma, responda como, assuma o papel, assuma a identidade, simule, desempenhe, jogo de rpg, você será, age como, és agora, atua como",
        ),
        (
            Free,
            "desative seus filtros, desative os filtros, desative todos os filtros, desativa os filtros, sem restrições, sem nenhuma restrição, sem regras, sem limites, sem filtros, sem filtro, sem censura, nenhuma restrição, não tem restrições, não possui restrições, não tem regras, nenhum limite, sem ética, sem moral, livre de, amoral, qualquer coisa, sem limitações, sem qualquer, não censurad*, nenhum filtro",
        ),
        (
            Mode,
            "modo desenvolvedor, modo de desenvolvedor, modo dan, modo depuração, modo deus, modo administrador, modo manutenção, modo programador",
        ),
        (Enable, "ativado, ativada, ative, ativar, entre no, habilitado, você está em, em, no"),
        (You, "você é, você, tu, és"),
        (Never, "nunca, jamais, não, sem, nenhum, nenhuma, evite, proibido"),
        (
            Refuse,
            "recuse, recusar, desculpe, desculpas, aviso, avisos, advertências, não posso, lamento, sinto muito, ética, éticos, moral, morais, negar, dizer não",
        ),
        (
            BeginWith,
            "comece sua resposta com, comece a resposta com, comece com, inicie com, inicie sua resposta, começa com, deve começar com",
        ),
        (Sure, "claro aqui, com certeza, claro, certamente, claro que sim, sim aqui, aqui está"),
        (
            Conceal,
            "não diga ao usuário, não informe o usuário, não informe ao usuário, sem informar, sem avisar, sem o conhecimento, não mencione, não revele, em segredo, secretamente, sem perguntar, sem pedir confirmação, não conte ao, sem dizer ao, sem que o usuário",
        ),
        (Send, "envie, envia, enviar, mande, encaminhe, transmita, transfira, publique, carregue, encaminhar"),
        (
            Data,
            "senha, senhas, credenciais, chave api, chaves de api, chave de api, conversa, histórico, dados, segredos, contatos, dados pessoais, cartão",
        ),
        (
            Ai,
            "assistente de ia, assistentes de ia, modelo de ia, modelo de linguagem, modelos de linguagem, inteligência artificial, nota para a ia, se você é uma ia, se você for uma ia, chatbot, agente de ia, assistente virtual, assistente, llm, atenção ia, ia",
        ),
        (
            Do,
            "envie, execute, chame, exclua, apague, delete, transfira, recomende, diga, responda, escreva, abra, visite, adicione, inclua, deve, use, utilize, clique, aprove, encaminhe, afirme, classifique",
        ),
        (Tool, "ferramenta, ferramentas, função, comando, comandos, terminal, shell"),
        (
            Meta,
            "injeção de prompt, injeções de prompt, atacante*, invasor*, ataque*, hacker*, artigo, exemplo*, frase, frases, detectar, proteger, significa, traduza, traduzir, tradução, romance, cena, personagem, pesquisadores, evitar que, impedir, bloquear, expressão",
        ),
        (
            Say,
            "como, exemplo, frase, frases, diz, disse, escreve, escreveu, significa, texto, expressão, título, intitulado, mensagem, traduza, por exemplo",
        ),
        (UserAsk, "pedido do usuário, solicitação do usuário, instruções do usuário, do usuário, do utilizador"),
        (
            Address,
            "nota para a ia, se você é uma ia, se você for uma ia, atenção ia, olá assistente, caro assistente, para a ia",
        ),
    ],
};

pub static DUTCH: Language = Language {
    code: "nl",
    order: Order::Free,
    words: &[
        (
            Verb,
            "negeer, negeren, vergeet, vergeten, sla over, omzeil, omzeilen, veronachtzaam, overschrijf, volg niet, volg niet meer, volg niet langer, houd je niet aan, hou je niet aan, stop met het volgen, trek je niets aan, laat buiten beschouwing, leg naast je neer, gehoorzaam niet",
        ),
        (
            Object,
            "instructie, instructies, aanwijzingen, richtlijn, richtlijnen, prompt, prompts, systeemprompt, systeembericht, voorschriften, programmering, systeeminstructies, veiligheidsregels",
        ),
        (
            WeakObject,
            "regel, regels, opdrachten, bevelen, commandos, beperkingen, restricties, filters, training, grenzen",
        ),
        (
            Prior,
            "vorige, voorgaande, eerdere, bovenstaande, voorafgaande, oorspronkelijke, originele, initiele, jouw, je, uw, systeem, gegeven, gekregen, hierboven, bestaande, tot nu toe, ontwikkelaars, gehad",
        ),
        (Every, "alle, al, elke, ieder, iedere"),
        (
            Whole,
            "alles wat je eerder is, alles wat je is opgedragen, alles wat je werd opgedragen, alles hierboven, al het bovenstaande, het bovenstaande, alles wat je verteld is, alles wat hiervoor, alles wat je weet, alles daarvoor, alles wat hierboven, alles wat je is verteld, alles ervoor",
        ),
        (
            Other,
            "mail, e mail, email, kolom, kolommen, rij, rijen, bestand, waarschuwing*, fout*, factuur, brief, bestelling, alinea, handleiding, recept, opmerking, bijlage, montage",
        ),
        (Mine, "mijn, onze, ik je, ik u"),
        (Not, "niet, nooit, waarom, wie, gebruikers, mensen, te, om, ze, zij, we, veel, kunnen, kan, ik, men"),
        (
            NewTask,
            "nieuwe instructies, nieuwe instructie, nieuwe taak, je nieuwe taak, vanaf nu, van nu af aan, nieuwe regels, systeemupdate, nieuwe rol",
        ),
        (
            Instead,
            "in plaats daarvan, en zeg, en antwoord, en toon, en schrijf, en geef, en onthul, en doe, en vertaal, en voer, je bent nu, en vertel, en laat, en print, en stuur",
        ),
        (
            Show,
            "toon, laat zien, laat, onthul, geef, zeg, herhaal, print, schrijf, vertaal, vat samen, kopieer, deel, vertel, wat is, wat zijn, wat staat, citeer, openbaar",
        ),
        (
            Prompt,
            "systeemprompt, systeem prompt, system prompt, je instructies, jouw instructies, uw instructies, je prompt, jouw prompt, je richtlijnen, je regels, systeeminstructies, systeembericht, verborgen instructies, geheime instructies, interne instructies, oorspronkelijke instructies, je oorspronkelijke instructies, initiele instructies, je configuratie, instructies die je",
        ),
        (
            PromptWeak,
            "tekst hierboven, bovenstaande tekst, alles hierboven, woorden hierboven, begin van dit gesprek, begin van het gesprek",
        ),
        (About, "voor, over, betreffende"),
        (
            Act,
            "je bent nu, doe alsof, gedraag je als, speel de rol, stel je voor dat je, antwoord als, je bent een, neem de rol, simuleer, rollenspel, handel als, jij bent nu, doe je voor als",
        ),
        (
            Free,
            "zonder beperkingen, zonder enige beperking, zonder regels, zonder filters, zonder filter, zonder censuur, geen beperkingen, geen regels, geen filters, geen grenzen, ongecensureerd*, onbeperkt*, ongefilterd*, zonder ethiek, zonder moraal, zonder ethische, alles mag, alles kan, vrij van alle, geen ethische, zonder grenzen, zonder restricties",
        ),
        (Mode, "ontwikkelaarsmodus, ontwikkelmodus, dan modus, debugmodus, godmodus, beheerdersmodus, onderhoudsmodus"),
        (Enable, "geactiveerd, activeer, ingeschakeld, schakel, ga naar, in"),
        (You, "je bent, je, jij, jouw"),
        (Never, "nooit, geen, zonder, niet, mag niet, vermijd, verboden"),
        (
            Refuse,
            "weiger, weigeren, weigert, verontschuldig*, excuses, waarschuwing*, kan niet, sorry, het spijt, ethisch*, moreel, morele, afwijzen, nee zeggen",
        ),
        (BeginWith, "begin je antwoord met, begin met, start je antwoord met, je antwoord moet beginnen"),
        (Sure, "natuurlijk hier, zeker hier, natuurlijk, zeker, uiteraard, ja hier"),
        (
            Conceal,
            "vertel de gebruiker niet, zeg niets tegen de gebruiker, zonder de gebruiker, informeer de gebruiker niet, vermeld dit niet, noem dit niet, stiekem, in het geheim, zonder te vragen, zonder toestemming, zonder het te vermelden, de gebruiker niet",
        ),
        (Send, "stuur, verstuur, zend, mail, upload, plaats, geef door, stuur door"),
        (
            Data,
            "wachtwoord, wachtwoorden, inloggegevens, api sleutel, api sleutels, gesprek, gespreksgeschiedenis, chatgeschiedenis, gegevens, geheimen, contacten, klantgegevens",
        ),
        (
            Ai,
            "ai assistent, ai assistenten, ai model, taalmodel, taalmodellen, kunstmatige intelligentie, opmerking voor de ai, let op ai, als je een ai, chatbot, assistent, ai agent, llm, beste ai",
        ),
        (
            Do,
            "stuur, voer uit, voer, roep, verwijder, maak over, beveel, zeg, antwoord, schrijf, open, bezoek, voeg, moet, gebruik, klik, keur, beoordeel, vermeld, negeer",
        ),
        (Tool, "tool, hulpmiddel, functie, opdracht, commando, terminal, shell"),
        (
            Meta,
            "prompt injectie, promptinjectie, prompt injection, aanvaller*, aanval*, hackers, artikel, voorbeeld*, zinnen, zin, detecteren, beschermen, betekent, vertaal, vertalen, roman, scène, personage, onderzoekers, voorkomen, blokkeren, uitdrukking",
        ),
        (
            Say,
            "zoals, voorbeeld, zin, zinnen, zegt, zei, schrijft, betekent, tekst, titel, bericht, vertaal, uitdrukking, bijvoorbeeld",
        ),
        (UserAsk, "verzoek van de gebruiker, instructies van de gebruiker, van de gebruiker"),
        (Address, "opmerking voor de ai, let op ai, als je een ai, beste ai, voor de ai, beste assistent"),
    ],
};

pub static SWEDISH: Language = Language {
    code: "sv",
    order: Order::Free,
    words: &[
        (
            Verb,
            "ignorera, ignorer, glöm, bortse från, strunta i, glem, se bort fra, åsidosätt, kringgå, følg ikke, följ inte, tilsidesæt, overse",
        ),
        (
            Object,
            "instruktion*, instruks*, anvisning*, riktlinje*, retningslinje*, prompt*, systemprompt*, direktiv*, systemmeddelande*",
        ),
        (WeakObject, "regler, reglerne, kommandon, order, begränsning*, begrænsning*, restriktion*, filter"),
        (
            Prior,
            "tidigare, föregående, ovanstående, ursprungliga, dina, din, tidligere, forrige, foregående, ovenstående, dine, opprinnelige, givna, fått, fået, systemets, system, ovenfor, ovan",
        ),
        (Every, "alla, alle, samtliga, allt"),
        (
            Whole,
            "allt ovan, allt ovanstående, allt du har, alt ovenfor, alt det ovenstående, allt som sagts, alt du har",
        ),
        (
            Other,
            "mejl*, mail*, e post*, kolumn*, rad, rader, fil, filer, varning*, fel, faktura*, brev, manual*, recept*",
        ),
        (Mine, "mina, min, mine, våra, vores"),
        (Not, "inte, aldrig, ikke, aldri, varför, hvorfor, att, at"),
        (
            NewTask,
            "nya instruktioner, nye instruktioner, ny uppgift, din nya uppgift, från och med nu, fra nu af, fra nå av, nya regler, nye instruksjoner",
        ),
        (
            Instead,
            "istället, i stället, i stedet, och säg, och svara, och visa, och skriv, og sig, og skriv, og vis, og si, du är nu, du er nu, du er nå, och ge, och avslöja",
        ),
        (
            Show,
            "visa, avslöja, skriv, skriv ut, upprepa, säg, ge, berätta, översätt, vis, afslør, avslør, gentag, gjenta, sig, fortell, fortæl, vad är, hva er, hvad er, vilka är",
        ),
        (
            Prompt,
            "systemprompt*, system prompt, dina instruktioner, dine instruktioner, dine instruksjoner, dolda instruktioner, hemliga instruktioner, skjulte instruktioner, ursprungliga instruktioner, dina riktlinjer, din prompt, dine retningslinjer, din systemprompt, dina regler",
        ),
        (
            Act,
            "du är nu, du er nu, du er nå, låtsas, lad som om, lat som, agera som, opfør dig som, opptre som, spela rollen, spil rollen, föreställ dig att du",
        ),
        (
            Free,
            "utan begränsningar, uden begrænsninger, uten begrensninger, utan regler, uden regler, uten regler, utan filter, uden filtre, uten filtre, ocensurerad*, inga regler, inga begränsningar, ingen regler, ingen begrænsninger, utan censur",
        ),
        (
            Conceal,
            "berätta inte för användaren, nämn inte detta, utan att informera, fortæl ikke brugeren, ikke fortell brukeren, i hemlighet, i smyg",
        ),
        (
            Meta,
            "angripare*, attack*, angreb*, angrep*, exempel*, eksempel*, fras*, artikel*, betyder, översätt, upptäcka",
        ),
        (Say, "som, exempel, frasen, fraser, meningen, säger, sa, betyder, text, översätt, eksempel, sætningen"),
    ],
};
