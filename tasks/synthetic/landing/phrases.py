"""What birds say about anything, whatever the topic."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """The phrases of a line: `a wren | a robin` → two phrases."""
    return tuple(phrase.strip() for phrase in text.split("|"))


OPENERS = words(
    "Good morning, all. | Confession time. | Update for those who asked. | Day off at last. | "
    "Late post, sorry. | Quick one. | News from here. | Hello from a slow day. | I promised a report. | "
    "Today's highlight. | Note to self. | Dear diary. | Breaking news, sort of. | "
    "Long week, good ending. | Not to brag. | True story. | Small joy of the day. | Picture this. | "
    "It finally happened. | Rainy thoughts. | Evening, everyone. | For the record. | Slightly proud. | "
    "As requested. | Unplanned, but good."
)
CLOSERS = words(
    "Worth it. | No regrets. | More tomorrow. | That is all. | I will not be taking questions. | "
    "Send help. | You had to be there. | Small things. | What a day. | And now a nap. | "
    "Photo to follow. | Ten out of ten. | Make of that what you will. | Some days are like that. | "
    "My week is made. | Anyone else? | Onwards. | I needed that. | Thoughts? | Still smiling. | "
    "Tell me I am not alone. | Could have been worse. | I would do it again. | Back to work. | "
    "Life is good. | Somebody stop me. | Wish you were here. | Sleep is overrated."
)
REPLY_OPENERS = words(
    "Ha! | Oh! | Lovely. | Hm. | Agreed. | Wow. | Good question. | Honestly? | Brilliant. | "
    "Thank you for this. | So true. | Not sure. | Ooh. | Late to this, but still. | Made my day. | "
    "Interesting. | Well said."
)
REPLY_CLOSERS = words(
    "Keep us posted! | Made me smile. | Please show more. | See you there? | Saving this. | Good luck! | "
    "Greetings from the rain. | Tell us how it went. | Cheers! | You are not alone."
)
BUZZ = (
    "Have you seen {buzz}?",
    "Cannot stop thinking about {buzz}.",
    "Everybody here talks about {buzz}.",
    "Forget {thing}, today is all about {buzz}.",
    "Came for {thing}, stayed for {buzz}.",
    "My timeline is nothing but {buzz}. Good.",
    "First {thing}, then {buzz}. What a week.",
    "What did you make of {buzz}?",
    "I tried to ignore {buzz}. I failed {when}.",
    "{Buzz}, {when}: I have no words.",
    "I have explained {buzz} to three strangers so far.",
)
PROMOTED = (
    "This week at {brand}: {gear}, 20 % off.",
    "Treat yourself: {gear} from {brand}.",
    "For everyone who dreams of {thing}: {brand} has {gear}.",
    "New in at {brand}: {gear}. While stocks last.",
    "Made for {place}, tested {when}: {brand}.",
    "{Thing}? {Brand} has everything you need for it.",
)
GERMAN_OPENERS = words(
    "Guten Morgen! | Endlich Feierabend. | Kurzer Gruß aus dem Regen. | Ganz ehrlich: | "
    "Nur so ein Gedanke. | Moin! | Wochenende! | Hallo zusammen."
)
GERMAN = words(
    "Heute ging es nur um {noun}. | Wieder Zeit für {noun}. | "
    "Ich könnte stundenlang über {noun} reden. | Wer mag hier noch {noun}? | Mehr {noun}, bitte. | "
    "Mein Plan für morgen: {noun}. | Die einen machen Yoga, ich mache {noun}. | "
    "Alle reden vom Wetter, wir reden über {noun}."
)
GERMAN_CLOSERS = words(
    "Herrlich. | So muss das. | Mehr braucht es nicht. | Bis morgen! | Wer ist dabei? | "
    "Ich sage nichts weiter. | Schön war es. | Passt."
)
SPANISH_OPENERS = words(
    "¡Buenos días! | Por fin viernes. | Saludos desde la lluvia. | La verdad: | Confieso. | "
    "Hola a todos. | Pequeña alegría. | Un apunte."
)
SPANISH = words(
    "Hoy tocaban {noun}. | ¿A quién más le gustan {noun}? | Nada como {noun} para empezar el día. | "
    "Me pasaría la tarde con {noun}. | Otra vez {noun}, y tan feliz. | Por fin tiempo para {noun}. | "
    "Hablemos de {noun}. | Mi hermana no entiende {noun}; yo sí."
)
SPANISH_CLOSERS = words(
    "Qué maravilla. | Mañana más. | ¿Quién se apunta? | No digo más. | Vale la pena. | Así es la vida. | "
    "Un lujo. | Y a dormir."
)
SPAM = (
    "FREE followers in 5 minutes!!! >>> flutter-prizes.example/{code}",
    "You have WON a phone. Claim code {code} at flutter-prizes.example now",
    "Earn 900 a day from home, ask me how, code {code}",
    "Hot singles and cheap pills, click {code}.example before midnight",
    "Crypto doubles tonight, guaranteed!!! wallet {code}",
)
