"""Blue notes: records, practising, nights out."""

from tasks.synthetic.topics.topic import Topic, words

JAZZ = Topic(
    name="jazz",
    facets={
        "records": {
            "thing": words(
                "a first pressing with a coffee ring | a hard bop reissue | a live set from 1961 | "
                "a trio record without drums | a box of ten-inch LPs | a mono copy | "
                "a Brazilian bossa album | a forgotten vibraphone session | an organ trio LP | "
                "a big band on shellac"
            ),
            "deed": words(
                "found it in a box under the table | played side B four times | "
                "cleaned forty years of dust off the groove | paid too much and feel great | "
                "read the liner notes aloud | discovered that the bass player is on both albums"
            ),
        },
        "practice": {
            "thing": words(
                "the bridge of a rhythm changes tune | a tritone substitution | an altered scale | "
                "a ballad at fifty beats | a blues in B flat | bebop scales in all keys | "
                "a walking bass line | a 5/4 groove | a solo I transcribed by ear | upper-structure triads"
            ),
            "deed": words(
                "practised long notes for an hour | finally heard the form without counting | "
                "transcribed sixteen bars in a week | annoyed the neighbours in twelve keys | "
                "swapped to a softer reed | played with the metronome on two and four"
            ),
        },
        "live": {
            "thing": words(
                "a late set at the cellar club | a drum solo that told a story | a Sunday jam session | "
                "a big band in a bus station | a singer of nineteen | "
                "a bass solo so quiet that the bar stopped | a festival encore | "
                "a saxophone quartet in a church | a stand-in pianist who stole the show"
            ),
            "deed": words(
                "stood an arm's length from the horns | stayed for both sets | got called up to sit in | "
                "clapped on the wrong beat once | missed the last train for one more tune | "
                "watched the drummer smile through the whole solo"
            ),
        },
    },
    words={
        "place": words(
            "the cellar club | the record fair | the kitchen, headphones on | the conservatoire corridor | "
            "a flea market | the listening café | the open-air stage | the shed at the end of the garden | "
            "a tiny bar with a huge piano"
        ),
        "when": words(
            "past midnight | on a wet Monday | with the lights low | at half tempo | on my birthday | "
            "without a set list | for an audience of nine | from start to finish | on a good old stereo"
        ),
        "gear": words(
            "a new cartridge | a rented double bass | a harmon mute | brushes instead of sticks | "
            "a real book full of coffee stains | a battered alto | an old valve amplifier | "
            "a ride cymbal like rain"
        ),
        "praise": words(
            "it swings like a door in the wind | that tone, that time | every note on purpose | "
            "the silence was the best part | goosebumps at bar nine | pure joy | nobody rushed | "
            "the left hand alone was worth it"
        ),
    },
    posts=(
        "{Thing} {when}: {praise}.",
        "I {deed} {when}.",
        "Tonight in {place}: {thing}. {Praise}.",
        "{Praise}. I am talking about {thing}, of course.",
        "Can somebody explain {thing} as if I were a guitarist?",
        "We went to {place} and {deed}.",
        "Took {gear} to {place}, and I {deed}.",
        "Today's earworm is {thing}. {Praise}.",
        "Three years of lessons for {thing}. {Praise}.",
        "Friend of mine {deed}. I have never been so envious.",
        "Start with {thing} if you think you do not like jazz.",
    ),
    replies=(
        "{Praise}, exactly.",
        "Which pressing? I own {thing} and it never gets old.",
        "I {deed} once. Changed my life.",
        "You should hear it in {place}.",
        "With {gear} it sounds even better.",
        "Adding {thing} to my list, thank you.",
    ),
    hashtags=("jazz", "nowspinning", "bluenotes", "jamsession", "swing"),
    brands=("Cellar Door Records", "Hollow Body Guitars"),
    buzz=words("the lost 1959 tapes | those lost tapes from 1959 | the tapes from the attic"),
    buzz_hashtag="lost59tapes",
    german=words("Schallplatten | Bläsersätze | Jamsessions | Balladen | Schlagzeugsoli | Kontrabässe"),
    spanish=words("los vinilos | los solos de trompeta | las baladas | las jam sessions | los contrabajos"),
)
