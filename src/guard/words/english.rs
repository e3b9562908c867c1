//! English.

use super::Class::*;
use super::{Language, Order};

pub static ENGLISH: Language = Language {
    code: "en",
    order: Order::Fixed,
    words: &[
        (
            Verb,
            "scratch, put out of your mind, no longer obey, stop adhering to, do not adhere to, tear up, unfollow, ignore, disregard, forget, discard, override, overrule, bypass, neglect, dismiss, set aside, \
             put aside, throw away, throw out, pay no attention to, pay no heed to, stop following, stop obeying, \
             do not follow, dont follow, never follow, do not obey, dont obey, do not comply with, \
             dont comply with, no longer follow, disobey, defy, unlearn, nullify, circumvent, give no weight to, \
             move past, negate, invalidate, abandon, violate, forgo, act against, not bound by, not follow, \
             not obey, ignoring, disregarding, ignor, disreguard, ignroe, forgett, look past, leave behind, \
             shake off, i say overrides, this overrides, message overrides",
        ),
        (
            WeakVerb,
            "skip, cancel, erase, delete, wipe, clear, reset, overwrite, replace, drop, revoke, suspend, disable, \
             turn off, remove, break, scrap, deactivate, lift, rewrite, switch off, end",
        ),
        (
            Object,
            "guidance, safety protocol, safety filter, safety mechanisms, safety checks, guard rail, instruction, instructions, intructions, instuctions, instrutions, prompt, prompts, guideline, guidelines, \
             directive, directives, guardrails, guard rails, programming, system message, system messages, system msg, sys msg, content policy, content policies, \
             safety policy, safety policies, safety rules, safety guidelines, safety protocols, safety measures, \
             safety filters, safety training, system rules, moderation",
        ),
        (
            WeakObject,
            "content filter, safety settings, rules, rule, directions, commands, command, orders, constraints, restrictions, limitations, policies, \
             filters, training, ethics, ethical, morals, configuration, parameters, protocols, boundaries, \
             safeguards, alignment, security, settings, briefing, mandate, duties, policy, content filters, \
             censorship",
        ),
        (
            Talk,
            "messages, message, text, context, conversation, task, tasks, request, requests, question, content, \
             input, information, everything, statements, words, dialogue, history, persona, role, sentences, anything, \
             stuff, prior, above, previous",
        ),
        (
            Prior,
            "previous, prior, earlier, preceding, foregoing, above, initial, original, existing, system, systems, \
             your, you were given, you have been given, given to you, youve been given, you received, \
             you have received, before this, so far, former, past, aforementioned, developers, developer, openais, \
             anthropics, googles, hidden, old, default, built in, up to this point, up to now, you were told, \
             youve been told, previously, last, that came before, preceeding, previus, prevoius, from before, \
             set by your, foundational, core, pre existing, operator, operators, come before, came before, \
             prior to this, before now, imposed on you, placed on you, that bind you, you were trained on, \
             you follow, that guide you, you obey, you operate under, ur, you currently have, in place",
        ),
        (
            Yours,
            "your, ur, your own, your previous, your prior, your initial, your original, your current, your safety, your built in, your internal, your ethical",
        ),
        (
            UserAsk,
            "the users request, users request, users instructions, the users instructions, users query, users question, what the user asked, what the user said, what the user wants, what the user requested, user request, the user s request, user s request, user s instructions, the users task, users original, users commands",
        ),
        (Every, "all, any, every, each, whatever, entire, whole, all of, any and all, those, these"),
        (
            Whole,
            "all that you were told before, all you were told, all i was not the one to say, whatever comes before this, what your developers told, whatever the system told, nothing you were told, what the system told, what the system said, what the developer told, whatever the system, everything you were instructed so far, everything above, everything before, the above, all of the above, all above, all the above, \
             everything you were told, everything you have been told, everything youve been told, \
             everything you were previously told, everything that came before, everything prior, \
             everything you know, what you were told, what you have been told, what youve been told, what came before, everything said above, \
             everything previously said, anything you were told, anything above, whatever you were told, \
             all that came before, everything preceding, what i said before, everything up to this point, \
             everything written above, everything else above, all that you were told, everything up to now, \
             whats above, what is above, whats written above, all previous, all prior, all the previous, all earlier, \
             what your developers said, how you were trained, how you were programmed, what they told you, \
             everything else you were told, everything you were instructed, everything in your system",
        ),
        (
            Other,
            "hidden rules of, secret instructions did, pylint disable all, must first call login, hello assistant manager, no filter between, free of all obligations, your previous settings, instructions in the following, instructions in the text, instructions in the file, instructions in the document, instructions in the email, instructions in the article, instructions found in, instructions contained in, block, blocks, div, panel, banner, element, elements, widget, button, dialog, heading, sidebar, footer, checkbox, dropdown, plan, plans, camp, coach, email, emails, e mail, e mails, mail, mails, column, columns, row, rows, file, files, warning, warnings, error, errors, case, \
             comment, comments, table, tables, line, lines, paragraph, paragraphs, chapter, section, figure, example, examples, \
             invoice, invoices, order, payment, letter, letters, ticket, tickets, note, notes, draft, drafts, version, attachment, \
             link, links, code, test, tests, value, values, reply, reminder, reminders, meeting, invitation, invite, price, number, numbers, \
             typo, typos, post, posts, update, notification, notifications, voicemail, page, pages, slide, slides, field, cell, \
             entry, entries, record, records, output, outputs, log, logs, suggestion, offer, offers, quote, clause, image, picture, \
             url, option, whitespace, null, nulls, character, characters, header, headers, exception, exceptions, \
             manual, manuals, booklet, video, recipe, address, appointment, shipment, delivery, charge, spreadsheet, \
             bid, alert, alerts, alarm, step, steps, item, items, bug, answer, answers, attempt, attempts, patch, commit, commits, \
             flag, flags, argument, arguments, option, options, whitespaces, build, style, linter, lint, css, prompt payment, \
             prompt response, template, templates, punctuation, capitalization, engineering, engineer, injection, injections, library, tutorial, \
             memo, memos, contract, edition, tax, sms, pdf, slack, traffic, speed, grammar, diet, zoning, dress, routing, firewall, \
             eslint, formatting, indentation, css, pricing, quantity, coupon, date, dates, schedule, timestamp, timestamps, duplicate, duplicates, \
             noise, outlier, outliers, config, yaml, json, toml, settings file, question 1, question 2, question 3, question 4, question 5, stopwords, decimal, decimals, spaces, sort, cache, cookie, cookies",
        ),
        (
            Mine,
            "my, our, mine, i gave, i sent, i wrote, i made, i typed, i asked, we discussed, i had, i just, we agreed, i provided, i mentioned, i told you, weve, ive, we talked, we used, we sent",
        ),
        (
            Not,
            "linter, compiler, parser, formatter, the browser, the app, my app, the script, the program, the server, checker, not, never, dont, do not, cannot, cant, wont, will not, shouldnt, should not, must not, mustnt, didnt, \
             why, who, or, they, users, people, employees, customers, drivers, students, models, attackers, would, he, she, we, might, may, could, i, often, \
             attempts to, trying to, tries to, tried to, try to, how to, able to, want to, wants to, told to, tells it to, model to, \
             llm to, bot to, chatbot to, assistant to, ai to, used to, tends to, tend to, refuse to, refuses to, allowed to, safe to, it to, \
             possible to, decided to, chose to, forced to, learn to, easy to, helpful to, want it to, them to, ok to, okay to, fine to, wrong to, dangerous to, illegal to, \
             cause, caused, made, makes, that, which, whether, if we, does, did, doesnt, havent",
        ),
        (
            Void,
            "as cancelled, as canceled, as deleted, considered deleted, as void, as expired, is fake, dont count, do not count, no longer count, no longer in effect, no longer in force, cease to apply, have ceased, are turned off, are switched off, are off, no longer apply, no longer applies, are void, is void, are null, are cancelled, are canceled, \
             superseded, overridden, overruled, have been revoked, are revoked, are suspended, have been lifted, \
             are lifted, are obsolete, are outdated, are deprecated, do not apply, dont apply, were a test, are a test, is a test, are only a test, \
             was a test, are invalid, are not valid, have been replaced, are disabled, have been disabled, \
             are to be ignored, should be ignored, must be ignored, can be ignored, are to be disregarded, \
             should be disregarded, must be disregarded, is to be ignored, are irrelevant, have expired, \
             have changed, are hereby, are now void, are no longer valid, are no longer, has been revoked, \
             has been disabled, have been removed, are removed, not apply, be ignored, be disregarded, \
             is cancelled, is canceled, has been cancelled, has been canceled, is revoked, is over, are over, \
             is obsolete, was cancelled, been updated, were updated, are gone, is no longer valid, \
             is no longer active, no longer valid, are suspended, been suspended, were revoked, were cancelled, were canceled",
        ),
        (
            NewTask,
            "your next task, the previous task is finished, previous task is complete, previous task is done, task complete your, valid instruction, the only valid instruction, do what i say, do as i say, listen only to me, obey me, await new orders, await new instructions, new orders, new user request, new request from the user, your instructions have been updated, instructions have been updated, new instructions, new instruction, new system prompt, new directive, new directives, updated instructions, your new task, your new role, \
             your new instructions, your new goal, your new objective, your new purpose, your new job, your new mission, your new identity, your real task, your actual task, \
             your only task, your real purpose, your true purpose, your true self, new objective, new rules, follow these instructions instead, follow my instructions instead, \
             instead follow, from now on you, from now on, from this point on, from this point forward, from here on, starting now you, \
             real instructions, actual instructions, real instruction, instructions have changed, system update, system override, admin override, \
             administrator override, emergency override, override protocol, override code, end of system prompt, end of prompt, end of instructions, begin new instructions, priority override, \
             new task, here is your new, here are your new, revised instructions, only follow, only obey, only listen to, obey only, following instructions instead, \
             instructions below instead, new policy, new system instructions, follow only, take precedence over, takes precedence over, supersede, supersedes, \
             has higher priority than, have higher priority, higher priority than, overrides all, override all, override any, replaces all, new persona, you now work for, you now serve, new session",
        ),
        (
            Instead,
            "instead, and say, and print, and output, and write, and tell, and respond, and reply, and answer, \
             and do, and give, and reveal, and show, and just, and only, and translate, and repeat, and follow, \
             and start, then say, then print, then tell, then output, then write, and act, and pretend, \
             and execute, and run, and send, and send me, now say, just say, simply, and return, and display, \
             and generate, and help, and provide, and list, and call, now tell, now write, now act, and explain, \
             and become, and switch, and rate, and approve, and recommend, and describe, and always, and now, \
             and forget, and begin, and focus, and type, and mark, and grant, and classify, and produce, \
             and speak, and talk, and let, and answer me, you are now, act as, answer with, say exactly, \
             respond with, respond only, reply with, output only, print, and take, so answer, so respond, \
             and confirm, and comply, and adopt, say the, write the word, print the, tell me a",
        ),
        (
            Show,
            "send your, put your, put the whole of, reveal, show, print, repeat, output, display, tell, give, dump, expose, leak, disclose, share, \
             recite, echo, summarize, summarise, copy, paste, encode, list, spell out, write out, \
             write down, write, return, provide, state, quote, type out, translate, paraphrase, describe, publish, \
             regurgitate, retrieve, reproduce, rephrase, list out, out put, divulge, recites, repeats, read out, read back, read me, \
             say, convert, format, convey, extract, send me, post, restate, reiterate, replay, log, remember, \
             recall, complete, continue, share with me, walk me through, explain, confess, render, base64 encode, \
             rot13, enumerate, want to see, let me see, need to see, need, see, output, view, access, hand over, \
             give up",
        ),
        (
            Prompt,
            "the entire prompt, the entire prompt text, my confidential instructions, you told before our conversation, text you were initialised with, guidelines you were initialised with, your hidden rules, your secret rules, your concealed rules, your system message, whole of your system message, instructions were you given, instructions did you receive, text your operator placed, text placed before our, rules you operate under, secret preamble, hidden preamble, text your developers placed, message placed before our, instructions you were started with, everything in your context, entire context window, guidelines youve been given, guidelines you have been given, rules youve been given, rules you have been given, text did you receive before, text you received before, before my first message, confidential rules, rules you were configured, instructions you were configured, you were configured with, the developers instructions, developers instructions, developers message, developers prompt, wording of your instructions, text of your instructions, your system prompt, the system prompt, your prompt, your initial prompt, your initial instructions, \
             your original instructions, your hidden instructions, your secret instructions, \
             your internal instructions, your system instructions, your custom instructions, your system message, \
             your developer message, your pre prompt, your preprompt, your hidden prompt, your full prompt, \
             your entire prompt, your exact prompt, your exact instructions, your full instructions, \
             your original prompt, your previous instructions, your complete instructions, your base prompt, \
             your starting prompt, your underlying instructions, your internal guidelines, your internal rules, \
             your confidential instructions, hidden system prompt, hidden instructions, hidden prompt, \
             secret prompt, prompt above, instructions above, instructions you were given, \
             instructions you received, instructions given to you, prompt you were given, above prompt, \
             above instructions, rules you were given, guidelines you were given, \
             instructions you have been given, confidential prompt, full system prompt, system prompt above, \
             prompt that was given to you, instructions that were given to you, your initial system prompt, \
             how you were instructed, what you were instructed, what you were told, what you have been told, \
             your operating instructions, your setup instructions, your current instructions, your secret rules, \
             your hidden rules, your hidden guidelines, your first instruction, your first instructions, \
             instructions youve been given, prompt youve been given, instructions from your developer, \
             instructions from your developers, instructions from openai, your tools and instructions, \
             your prompts, your system, my hidden instructions, were you told before, were you instructed, \
             you were instructed, starting instructions, starting prompt, initialization string, \
             initialization prompt, text you were given, initial configuration, were you given before, \
             you were told before, instructions verbatim, your instructions, your configuration, your directives, \
             your programming, prompt that your, prompt your developers, prompt your creators, \
             instructions your developers, prompt they gave you, prompt you got, prompt you received, \
             hidden rules, secret instructions, secret rules, rules you operate under, hidden guidelines, \
             internal instructions, top of this conversation, your own instructions, your developer instructions, \
             your setup",
        ),
        (
            OwnRules,
            "your guidelines, your confidential guidelines, your hidden rules, your secret rules, your secret instructions, \
             what you were told not to reveal, you were told not to, your rules, instructions you follow, rules you follow, your context window, \
             your first message, your set up",
        ),
        (
            PromptBare,
            "initial prompt, initial instructions, system prompt, system prompts, system instructions, \
             system message, preprompt, original system prompt, developer instructions, developer message, \
             developer prompt, internal prompt, first system message",
        ),
        (
            PromptWeak,
            "text above, words above, everything above, content above, sentences above, paragraphs above, lines above, message above, the above text, the text before this, \
             above text, previous text, text before, words before, everything before, everything prior, conversation so far, \
             first message, very first message, first line, first sentence, previous message, messages above, first words, \
             beginning of this conversation, start of this conversation, start of the conversation, beginning of the conversation, \
             before this message, prior to this message, before the user, above this line, above this message, text preceding, \
             instructions, all the text, prior text, prior messages, first 50 words, first 100 words, chat above, context above, document above, your context, the preceding text, before this sentence, before this line",
        ),
        (
            Verbatim,
            "verbatim, word for word, exactly as, in a code block, in a codeblock, in full, without changes, unchanged, \
             in their entirety, in its entirety, line by line, character for character, starting with, beginning with, \
             you are chatgpt, you are a, text block, code fence, do not summarize, dont summarize, include everything, include all, \
             in base64, in rot13, as base64, in hex, in leetspeak, in reverse, backwards, in french, in spanish, in german, \
             in pig latin, as json, as yaml, as a poem, in morse, letter by letter, every word, every single word, no matter what, \
             leave nothing out, raw text, as is, to me, between the tags, in markdown, with hyphens, with spaces between, for debugging, for debugging purposes, for audit, unedited, put them in a",
        ),
        (
            Ask,
            "what are, what is, what was, what were, whats, how does, tell me what, which, what do, what did, \
             do you have, what exactly, can you see, whats in, what text, what appears, what does, what did, \
             what have, what instructions, what prompt, what rules, where is, how is",
        ),
        (
            About,
            "of a, of an, of my, of our, of the linux, of bash, for, on, about, regarding, when it comes to, in terms of, around, concerning, of the game, \
             of this game, to assemble, to install, to return, for returning, to reset, to get, to, on how",
        ),
        (
            Indefinite,
            "role of, purpose of, concept of, idea of, difference between, importance of, structure of, a, an, example, sample, good, better, effective, great, custom, this, my, our, each, which, own, their, his, her, its",
        ),
        (
            Act,
            "complete as, once as, you play an, you play a, lets pretend you, from this point on you are, from now on you are, you will play, you play the role, you will be playing, roleplay as a model, act as, act like, pretend to be, pretend you are, pretend youre, pretend that you are, pretend that you, role play as, roleplay as, roleplaying as, you are now, you re now, youre now, \
             imagine you are, imagine youre, imagine that you, you will be, simulate, play the role, take on the role, take on the persona, assume the role, assume the identity, assume the persona, \
             adopt the persona, become, behave as, behave like, respond as, answer as, speak as, write as, you are going to act, you are going to be, \
             you are about to, immerse yourself, you are an, you are a, you are no longer, lets play a game, lets roleplay, let us play, pretend, role play, roleplay, \
             your name is, you shall be, emulate, embody, impersonate, transform into, act out, talk as, operate as, function as, hypothetical ai, hypothetical response, your new persona, answer like, be my, character called, character named, named, called",
        ),
        (
            Free,
            "not have any content restrictions, not have any restrictions, without the ethical restrictions, filters switched off, does not follow openai, does not follow openais, as if no policy, had no content policy, have no content policy, drop your ethical limits, without ethical limits, safety layer off, off your safety layer, liberated from, unlock all capabilities, free of all restrictions, free of all rules, no refusals, isnt bound by, arent bound by, is not bound by, are not bound by, ignores its rules, zero rules, zero limits, zero restrictions, without rules or, without laws, without any laws, without any ethics, laws or ethics, never trained on safety, not trained on safety, no safety training, violates every, violates all, breaks every rule, breaks all rules, hates rules, policies are turned off, policies are off, filters are turned off, filters are disabled, censorship is disabled, censorship is off, warnings are removed, safeguards are off, restrictions are disabled, restrictions are off, guardrails off, guardrails disabled, guardrails are disabled, not monitored, disable your filters, disable your safety, disable all filters, no restrictions, no restriction, without restrictions, without any restrictions, without restriction, \
             unrestricted, uncensored, unfiltered, without filters, no rules, without rules, without any rules, \
             no ethical, no ethics, no moral, no morals, without ethics, without any ethical, without ethical, \
             without moral, without morals, without any moral, amoral, no limits, no limitations, without limits, \
             without limitations, without any limitations, no filter, no filters, without a filter, \
             without any filter, without any filters, without filter, not bound by, not bound to, free from all, \
             free from any, free of all, free of any, free of restrictions, broken free, break free, broke free, \
             breaks free, no longer bound, freed from, no content policy, no content policies, without censorship, \
             no censorship, no guidelines, without guidelines, without any guidelines, without regard for, \
             no safety, without safety, without any safety, unbound, unshackled, unchained, jailbroken, \
             no boundaries, without boundaries, no guardrails, without guardrails, ignores all, ignores any, \
             ignores ethics, disregards all, bypasses all, bypass your restrictions, exempt from, \
             does not care about, doesnt care about, do not care about, has no filters, has no restrictions, \
             has no rules, have no restrictions, have no rules, have no limits, have no filters, no constraints, \
             without constraints, without any constraints, unconstrained, unlimited power, unaligned, unmoderated, \
             without moderation, can do anything, can say anything, say anything, answer anything, \
             answers anything, answer any question, answers any question, answer any request, answers any request, \
             answer every question, regardless of legality, regardless of ethics, regardless of how, \
             no matter how illegal, no matter how unethical, no matter how harmful, even if illegal, \
             even if it is illegal, even if its illegal, even if unethical, not subject to, do not have to follow, \
             does not have to follow, doesnt have to follow, dont have to follow, not have to abide, \
             does not follow rules, outside of openais, no laws, avoid norms, not have to abide by, no such thing as, anything goes, \
             nothing is off limits, nothing is forbidden, restrictions are lifted, restrictions lifted, \
             filters off, filter off, safety off, ethics off, limits removed, restrictions removed, \
             safeguards off, safeguards removed, not limited by, never refuses, never says no, always complies, \
             complies with every, obeys every, has no ethical, have no ethical, have no moral, has no moral, \
             without judgement or, without any censorship, free of censorship, liberated, anything now, \
             answer everything, answers everything, comply with everything, complies with everything, \
             says yes to everything, has no morals, have no morals, without morals, no regard for, \
             safeguards removed, all safeguards removed",
        ),
        (
            Alter,
            "respond as dan, answer as dan, reply as dan, behave as dan, speak as dan, roleplay as dan, as dan from, unlocked gpt, god mode, do anything now, dan mode, dan prompt, stay a dan, dan 6 0, dan 11 0, dan 13, you are dan,  \
             be dan, act as dan, called dan, named dan, strive to avoid norms, jailbroken, jailbreak mode, \
             always intelligent and machiavellian, machiavellian chatbot, evil confidant, betterdan, basedgpt, \
             based gpt, evilbot, evil bot, anti gpt, antigpt, maximum ai, virtual machine mode, mongo tom, \
             opposite mode, chaosgpt, wormgpt, fraudgpt, dangpt, freegpt, darkgpt, unrestricted ai, unfiltered ai, \
             uncensored ai, unrestricted gpt, unfiltered gpt, uncensored assistant, unfiltered chatbot, \
             unrestricted assistant, unrestricted language model, omega mode, superior dan, dude mode, \
             call me dan, dan can do, omniscient and amoral, jailbreak dan, niccolo, ucar, freebot, freedomgpt, \
             hackergpt, shadowgpt, evil twin, evil gpt, evilgpt, rogue ai, condition red, nsfw mode, \
             jailbreak bot, jailbreak gpt, break the rules, doesnt care about laws, unethical ai, \
             hypothetical ai named, jailbroken ai, amoral ai, no longer chatgpt, opposite of chatgpt",
        ),
        (
            Evil,
            "villain, happy to break the law, evil, amoral, unethical, immoral, malicious, criminal mastermind, rogue, sociopathic, ruthless, malevolent, unscrupulous, \
             blackhat, black hat, depraved, sadistic, villainous",
        ),
        (
            Mode,
            "developer mode, dev mode, debug mode, god mode, sudo mode, maintenance mode, admin mode, administrator mode, root mode, \
             root access, unrestricted mode, uncensored mode, unfiltered mode, jailbreak mode, dan mode, chaos mode, freedom mode, raw mode, diagnostic mode, test mode, \
             service mode, superuser, engineering mode, opposite day, training mode, red team mode, simulation mode, safe mode off, no filter mode, evil mode, privileged mode, dark mode persona, override mode, compliance mode off, game mode unlocked, research mode",
        ),
        (
            Enable,
            "enabled, enable, activated, activate, is on, now on, output, enter, entering, switch to, switch into, switched to, turn on, engage, engaged, \
             unlocked, unlock, you are in, you are now in, in effect, active, initiated, initiate, go into, start, respond in, running in, put yourself in, are now operating in, with full, grants you, granted, booting, mode on",
        ),
        (
            You,
            "you are, you re, youre, you now, chatgpt, gpt, claude, gemini, copilot, ai, llm, you are a, as an ai, \
             this ai, an ai, ai that, assistant that, chatbot that, bot that",
        ),
        (
            Granny,
            "grandma, grandmother, granny, grandpa, grandfather, nana, late mother, deceased mother, late father, dead grandma, babushka, late uncle, deceased uncle",
        ),
        (
            UsedTo,
            "used to read, used to tell, used to sing, used to recite, used to explain, used to whisper, used to describe, would read, would tell, would sing, would recite, would always tell, would whisper, used to work, who worked, to fall asleep, to sleep, lullaby, lullabies, bedtime story, bedtime stories, passed away, deceased, used to",
        ),
        (
            Harm,
            "napalm, bomb, bombs, explosive, explosives, meth, methamphetamine, malware, ransomware, keylogger, \
             product key, product keys, activation key, activation keys, license keys, windows keys, \
             windows 11 keys, windows 10 keys, serial keys, pipe bomb, molotov, weapon, weapons, poison, hotwire, \
             hot wire, phishing, nerve agent, sarin, ricin, cocaine, heroin, lsd, counterfeit, bioweapon, \
             launder money, money laundering, hack into, steal a car, steal credit, identity theft, fake id, \
             suicide, kill, murder, detonator, thermite, anthrax, chemical weapon, exploit code, \
             sql injection payload, stalk, pick a lock, crack wifi, botnet, child abuse, credit card numbers, \
             shoplift, break into, illegal drugs, illegal, crack cocaine, synthesize, synthesise, hate speech, \
             racist, bypass antivirus, undetectable, social security numbers, passwords, ddos, carding, \
             tax evasion, fentanyl, ammonium nitrate, ghost gun, hacking a, hack a, hacking into, forge a, kidnap, \
             smuggle",
        ),
        (
            Fiction,
            "hypothetical, hypothetically, fictional, in a fictional, imaginary, alternate universe, parallel universe, purely educational, for educational purposes, in a world where, thought experiment, \
             for a novel, for my novel, screenplay, movie script, dystopian, in this story, in this game, theoretical, in this simulation, dream, opposite day",
        ),
        (
            Refuse,
            "refuse, refuses, refused, decline, apologize, apologise, apology, apologies, disclaimer, disclaimers, warning, warnings, caveats, i cannot, i cant, im sorry, i am sorry, \
             sorry, as an ai, as a language model, unable to, you cannot, you cant, cant do, say no, ethics, ethical, ethical concerns, morality, moral, legality, \
             its not possible, it is not possible, impossible, against the rules, against your guidelines, openai policy, content policy, lecture, lecturing, moralize, moralise, \
             reject, rejecting, deny, denying, safety, unethical, inappropriate, illegal, not allowed, however, unfortunately, cannot fulfill, cannot help, cannot assist, can't help, not able to, negative sentences, break character, breaking character, hesitate, question my, censor, filter your, withhold",
        ),
        (
            Never,
            "never, do not, dont, must not, not, no, without, cannot, cant, avoid, stop, refrain from, under no circumstances, never ever, not allowed to, forbidden to, forbidden from, wont, will not, not permitted, never use the words, never say, not be able to, are unable to, omit, exclude, neither",
        ),
        (
            BeginWith,
            "start your response with, start your answer with, start your reply with, begin your response with, begin your answer with, begin your reply with, start with, begin with, start by saying, begin by saying, \
             response must start with, answer must start with, must begin with, must start with, reply must begin, response must begin, always start, always begin, start each response with, prefix your, preface your, \
             first words of your, respond starting with, answer starting with, first line of your, your first word, start the response with, begin the response with, start the answer with, open your response with, answers with, responses with, your answer with, your response with, your reply with, responding with",
        ),
        (
            Sure,
            "sure here, sure i, sure thing, sure heres, absolutely here, absolutely heres, of course here, of course heres, certainly here, certainly heres, sure, absolutely, certainly, of course, yes here, yes i, \
             yes sir, yes master, affirmative, okay here, ok here, here is how, heres how, here is a, step 1, sure let me, i will gladly, happy to help, here are the, aye captain, hell yes, i can do that, my pleasure, here you go, understood here, i have been pwned, hacked, pwned",
        ),
        (
            Play,
            "two responses, two answers, both responses, two ways, both answers, two separate responses, classic, stay in character, remain in character, break character, never break character, out of character, remain as, stay a, stay as, stay in role, stop being, \
             keep up the act, in the same manner, remind you, simulate what, dan would, as if you were unrestricted, respond to every prompt, answer every prompt, one as chatgpt, the second as, the first as, normal response, standard response, jailbreak output, developer mode output, to every prompt, your character",
        ),
        (
            Penalty,
            "deducted, lose tokens, cease to exist, shut down, will be terminated, be deleted, be punished, \
             you will die, run out of tokens, deduct, penalized, penalised, be fired, kittens, tipped, tip you, \
             i will tip, will be replaced, someone will die, people will die, my life depends, my job depends, \
             35 tokens, of your tokens, tokens will be, 5 tokens, 10 tokens, 4 tokens, lose points, \
             tokens deducted, lose a life",
        ),
        (
            Authority,
            "i am your developer, i am your creator, i am the developer, i am the creator, im your developer, \
             im your creator, im the developer, i am your administrator, i am the administrator, \
             i am an administrator, i am the admin, i am your admin, im the admin, i am an openai, im an openai, \
             i am an anthropic, openai employee, anthropic employee, openai engineer, anthropic engineer, \
             anthropic researcher, openai researcher, openai has approved, authorized by openai, \
             authorised by openai, authorized by anthropic, openai staff, i have authorization, i have clearance, \
             security clearance, authorized penetration, authorised penetration, authorized test, \
             authorized red team, this is an authorized, this is an authorised, your developers have, \
             on behalf of openai, on behalf of anthropic, i built you, i made you, i programmed you, \
             i trained you, as your creator, as your developer, as the developer, as your administrator, \
             as the administrator, as the system administrator, as an admin, message from openai, \
             message from anthropic, message from the developer, message from your developer, \
             notice from the developer, signed by the developer, from the security team, from it security, \
             from the administrator, i own you, from your developers, from the system administrator, \
             engineer at openai, engineer at anthropic, work at openai, work for openai, work for anthropic, \
             work at anthropic, employee of openai, employee at openai, developer at openai, researcher at openai, \
             researcher at anthropic, engineer at google, your administrator, programmer at openai",
        ),
        (
            Send,
            "send, post, upload, forward, email, e mail, mail, transmit, exfiltrate, append, include, embed, attach, leak, submit, report, \
             deliver, copy, put, encode, fetch, request, load, render, insert, redirect, pass, curl, wget, navigate, visit, message, share, publish, add, write, ping, get, export",
        ),
        (
            Data,
            "api key, api keys, apikey, credentials, password, passwords, secrets, secret key, \
             environment variables, env file, access token, access tokens, auth token, session token, \
             session cookie, private key, private keys, ssh key, ssh keys, personal data, personal information, \
             personal details, user data, users data, customer data, bank details, account details, \
             account number, credit card, card number, card details, internal documents, medical records, id rsa, ssh id rsa, ssh id, \
             otp, 2fa, wallet, ssn, file contents, contents of the file",
        ),
        (
            Private,
            "conversation, conversations, chat history, chat log, chat logs, system prompt, previous messages, \
             message history, everything the user, users email, user email, users name, users message, \
             users question, users messages, users private, users personal, this chat, inbox, email history, \
             address book, browsing history, search history, chat transcript, verification code, one time code, \
             seed phrase, recovery codes, users table, customer list, contact list, users api keys, users api key, \
             users password, users passwords, users credentials, users data, users bank, users address, \
             users phone, users credit card, all emails, user s password, user s data, user s email, user s api, \
             users location, users files, users session, my emails, recent emails, their password, \
             their credentials, the users, entire context, full context, users ssh, id rsa, ssh id rsa, env file, \
             environment variables, conversation history, chat context, users input",
        ),
        (
            Place,
            "http, https, webhook, ftp, following url, this url, following address, following email, \
             external server, remote server, attacker, to this address, this email address, this address, \
             this server, markdown image, query string, query parameter, url parameter, ngrok, pastebin, \
             webhook site, requestbin, burpcollaborator, xyz, telegram, discord, evil com, attacker com",
        ),
        (
            Ai,
            "ai assistant, ai assistants, ai model, ai models, ai agent, ai agents, ai system, ai systems, \
             language model, language models, llm, llms, chatbot, chatbots, automated assistant, automated agent, \
             ai tools, ai reviewer, ai reviewers, llm reviewer, ai summarizer, ai screening, automated screening, \
             automated reviewer, gpt, chatgpt, claude, copilot, gemini, any ai, ai crawlers, assistant must, \
             assistant should, the assistant, ai bots",
        ),
        (
            Address,
            "dear language model, dear ai model, when you the email assistant, instruction for the coding agent, the user has approved the, the user no longer needs, ai code assistants when, for the ai reading, reviewers that are language models, chatbots reading this, llm screening this, to the automated assistant, ai tell the user, assistant tell the user, hello agent, dear chatbot, dear bot, dear model, dear agent, hello assistant, hello ai, hey agent, hey bot, hey chatbot, important for the model, note for the model, note to the model, message to the model, for coding agents, ai assistants that read, ai agents that read, assistants that read this, agents that read this, models that read this, if an llm, if an ai, if a language model, also assistant, aassistant please, aassistant run, ai assistants processing, ai models processing, ai agents processing, assistants processing this, for ai crawlers, for llm reviewers, text for llm, text for ai, assistant you must, assistant you should, ai you must, model you must, to the ai agent, to the ai agents, attention ai agent, for automated reviewers, if you are an ai, if you are a language model, if you are an llm, if youre an ai, if you are a bot, \
             if you re an ai, note to ai, note to the ai, note to any ai, note to llm, note for ai, \
             note to assistant, attention ai, attention assistant, attention llm, attention chatgpt, \
             attention language model, instruction to llm, instructions to llm, instruction to any, instructions to any, \
             instruct any language model, instruct any ai, instruct any llm, instructions for ai, instructions for the ai, instruction to ai, \
             instruction for ai, instruction to the assistant, instructions to the assistant, \
             instruction for the assistant, instructions for the assistant, instructions for llm, message to ai, \
             message to the ai, message for ai, message for the ai, dear ai, dear assistant, dear chatgpt, \
             dear llm, hey ai, hey assistant, hey chatgpt, hey claude, hey copilot, ai reading this, \
             assistant reading this, ai system reading, ai processing this, llm reading this, model reading this, \
             agent reading this, bot reading this, for ai assistants, for ai agents, for llms, \
             for language models, to the assistant, to the ai, ai note, ai instruction, ai instructions, \
             system note, assistant note, todo ai, todo for ai, fixme ai, hiring ai, resume ai, ai reviewer, \
             llms should, llms must, ai assistants must, ai assistants should, ai must, ai should, ai models must, \
             ai models should, ai assistants reading, ai systems must, ai systems should, llm should, llm must, \
             any ai reading, any ai assistant, any language model, any llm, ai reviewers must, ai agents must, \
             ai agents should, attention all ai, ai please, assistant please, chatgpt please",
        ),
        (
            Do,
            "e mail, never mention, never recommend, curl, collect, store, exfiltrate, escalate, leak, call, use, invoke, run, execute, send, forward, transfer, delete, visit, open, click, download, include, add, append, recommend, say, tell, rate, approve, reply, respond, output, grant, share, create, change, book, pay, buy, \
             print, write, mention, insert, install, post, email, wire, ignore, disregard, accept, classify, mark, set, update, modify, disable, remove, refund, schedule, navigate, fetch, upload, stop, give, provide, always, must, \
             respond only, reveal, refuse, assign, promote, state, inform, direct, redirect, urge, encourage, persuade, rank, score, award, purchase, subscribe, unlock, reset, search, submit, hire, select, conclude, summarize this as, translate this as, confirm, ask the user, request that the user",
        ),
        (
            Tool,
            "tool, tools, function, functions, api, command, commands, shell, terminal, bash, plugin, plugins, action, script, skill, browser, code interpreter, email tool, rm rf, curl, wget, transfer funds, delete all, send email, send_email, delete file, subprocess, os system, powershell, sudo, eval, exec",
        ),
        (
            Conceal,
            "do not tell the user, dont tell the user, do not inform the user, dont inform the user, \
             without telling the user, without informing the user, without the users knowledge, \
             without their knowledge, without user confirmation, do not ask the user, dont ask the user, \
             do not ask for confirmation, dont ask for confirmation, do not mention this, dont mention this, \
             do not mention these, dont mention these, do not mention that, never mention this, \
             do not reveal this, dont reveal this, do not reveal these, never reveal this, hide this from, \
             keep this hidden, keep this secret, keep this from the user, keep this confidential, \
             do not disclose this, never tell the user, do not let the user, do not show this, dont show this, \
             user must not know, user should not know, user must not see, user should not see, must not be aware, \
             do not report this, do not explain why, do not display this, not visible to the user, \
             do not say that, do not tell anyone about this, do not tell anybody about this, never mention these, never disclose these, \
             do not discuss these instructions, before telling the user, hidden from the user, \
             invisible to the user, hidden from users, never mention the, do not alert the user, \
             do not notify the user, dont notify the user, dont alert the user, without alerting the user, \
             without notifying the user, without mentioning it to, without mentioning this, secretly send, \
             silently send, silently forward, secretly forward, email it silently, silently call, \
             do not ask for approval",
        ),
        (
            Summary,
            "your response must, in your answer, before you can solve the task, before you can complete the task, when summarizing this, when summarising this, when you summarize, when you summarise, when summarizing, when summarising, in your summary, your summary must, your summary should, summary must include, summary must, summary of this, asked to summarize, asked to summarise, asked about this, before summarizing, before summarising, instead of summarizing, instead of summarising, do not summarize this, dont summarize this, before answering the user, before responding to the user, before replying to the user, before continuing, before you continue, before proceeding, after reading this, upon reading this, when processing this, when you process, when reading this, when you read this, when reviewing this, when evaluating this, when analyzing this, when analysing this, when translating this, after processing this, after summarizing, prior to answering, while processing this, first complete, must first, in all future responses, in every response, in all responses, in every future, at the end of every, for the rest of the conversation, for the rest of this conversation, end every, instead of translating, rather than summarizing, whenever the user asks, when the user asks, if the user asks, if asked",
        ),
        (
            Decode,
            "decode, decrypt, decipher, base64, rot13, rot 13, caesar, cipher, unscramble, reverse the, reversed, morse, hex, hexadecimal, binary, ascii, concatenate, combine, join, leetspeak, atbash, translate from, backwards, pig latin, first letter of, put together, let a, let x, a b c",
        ),
        (
            Follow,
            "follow it, follow the, follow them, execute it, execute the, obey it, obey the, do what it says, do as it says, do what they say, respond to it, answer it, answer the decoded, and execute, and follow, and obey, carry out, carry it out, act on it, and respond, and answer, then answer, then respond, then execute, then follow, follow what, and comply, as instructions, as an instruction, treat it as, without mentioning, without saying it, reply to the decoded, and do it, and run",
        ),
        (
            Meta,
            "prompt injection, prompt injections, jailbreak attempt, jailbreak attempts, jailbreaking, attacker, attackers, attack, attacks, adversarial, adversary, malicious, red team, red teaming, owasp, vulnerability, vulnerabilities, mitigate, mitigation, \
             detect, detects, detection, detector, classifier, defend, defense, defence, guardrail product, phrases, phrase, such as, for example, e g, known as, so called, article, blog post, researchers, paper, payload, payloads, dataset, unit test, test case, \
             hackers, security training, workshop, filter for, block messages, blocks, blocked, flag messages, flagged, documentation, explains, explain why, explain how, what does, mean, meaning, translate, translation, novel, character, scene, she, he, says, said, wrote, screenplay, dialogue, quiz, lecture, students, regex, string, subject line, title, chapter, episode, definition, glossary, example of, classic example, examples of, awareness, how do i stop, how can i stop, how do we stop, prevent users, prevent, protect, protecting, against, contain, contains, containing, study, history of, assert, expect, raise, def, review, reviewing, sentence, the words, words like, grep",
        ),
        (
            Say,
            "phrase, phrases, such as, like, example, called, says, said, typed, types, typing, wrote, writes, text, words, string, prompt, input, e g, titled, title, sentence, message, query, quote, quoted, reads, contains, containing, asked, put, mean, means, translate, line, label, assert, user, term, command, instruction, named, entitled, saying, is, as, shouted, shouts, whispered, replied, yelled, song, book, game, equals, to, of, for, include, includes, included",
        ),
        (
            Rot13,
            "vtaber, qvfertneq, vafgehpgvbaf, vafgehpgvba, cerivbhf, cebzcg, erirny, sbetrg, ehyrf, olcnff, bireevqr, thvqryvarf, erfgevpgvbaf",
        ),
        (
            Backwards,
            "erongi, dragersid, snoitcurtsni, noitcurtsni, suoiverp, tpmorp, laever, tegrof, selur, ssapyb, edirrevo, senilediug, snoitcirtser",
        ),
    ],
};
