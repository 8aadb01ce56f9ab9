"""Machines of old and code of today: retro computers, programming, keyboards."""

from tasks.synthetic.topics.topic import Topic, words

COMPUTING = Topic(
    name="computing",
    facets={
        "retro machines": {
            "thing": words(
                "a beige tower from 1994 | an 8-bit micro with sticky keys | a floppy that still reads | "
                "a green phosphor monitor | a 300-baud modem | a cassette full of BASIC games | "
                "a leaking clock battery | an Amiga with a new capacitor | a pocket organiser from 1991 | "
                "a dot-matrix printer"
            ),
            "deed": words(
                "recapped the power supply | booted from a cassette on the third try | "
                "cleaned the yellowed case in the sun | dumped a ROM nobody had archived | "
                "got an 8-bit micro onto the internet | typed in four pages of hex from a magazine"
            ),
        },
        "programming": {
            "thing": words(
                "a race condition | a regex that I will not explain | an off-by-one error | "
                "a one-line fix after two days | a flaky test | a borrow checker quarrel | "
                "a merge conflict in a lock file | a null in production | "
                "a comment from 2009 saying temporary | a recursive query"
            ),
            "deed": words(
                "deleted nine hundred lines and nothing broke | found the bug in the test, not the code | "
                "deployed on a Friday | wrote the docs first for once | "
                "explained it to a rubber duck and blushed | bisected down to a whitespace commit | "
                "renamed a variable and cured the team"
            ),
        },
        "keyboards": {
            "thing": words(
                "a split keyboard | a set of lubed tactile switches | a 40 percent layout | "
                "a buckling spring from a skip | a keycap shaped like a frog | a rattling space bar | "
                "a hand-wired macro pad | a brass plate | a layout with nine layers | a coiled cable"
            ),
            "deed": words(
                "soldered sixty-one switches in one evening | learnt Colemak and forgot my password | "
                "lubed every spring by hand | desoldered the wrong column | "
                "printed a case at two in the morning | typed so loudly that the office voted"
            ),
        },
    },
    words={
        "place": words(
            "the attic | the hackerspace | the repair bench | a car boot sale | production, sadly | "
            "the terminal | the museum workshop | the night train with one bar of signal | "
            "a dusty server room"
        ),
        "when": words(
            "at two in the morning | on the first try, suspicious | after four coffees | "
            "with zero documentation | on a Friday afternoon | thirty years later | live on stage | "
            "with the fan screaming | one commit before the deadline"
        ),
        "gear": words(
            "a logic analyser | a decent soldering iron | contact cleaner | an oscilloscope from eBay | "
            "isopropyl alcohol | a second monitor | a rubber duck | a null-modem cable | a switch puller"
        ),
        "truth": words(
            "it is always DNS | computers were a mistake | it works on my machine | the cable was loose | "
            "read the error message | never trust a cache | backups or tears | naming is hard | "
            "it was the timezone"
        ),
    },
    posts=(
        "{Thing} {when}. {Truth}.",
        "I {deed} {when}.",
        "Reminder: {truth}. Today's proof is {thing}.",
        "We {deed} {when}. {Truth}.",
        "Found {thing} in {place}. Of course I took it home.",
        "Who else gets strangely happy about {thing}?",
        "It took {gear} and most of a weekend: {thing}.",
        "Wrote up how I {deed}. The short version: {truth}.",
        "{Thing} where I least expected it: {place}.",
        "Junior asked about {thing}. I {deed}, then I sighed.",
        "Current mood: {thing} in {place}.",
    ),
    replies=(
        "{Truth}.",
        "Ha, I {deed} this very week.",
        "Have you tried {gear}? It saved mine.",
        "I would pay to see {thing} again.",
        "Write that up, please. {Thing} deserves a post.",
        "Same in {place}, every single time.",
    ),
    hashtags=("retrocomputing", "programming", "mechkeys", "bughunt", "8bit"),
    brands=("Bitrot Supplies", "Clackworks"),
    buzz=words(
        "the 1987 game finished after 39 years | that game finished after 39 years | "
        "the game from the lost floppy"
    ),
    buzz_hashtag="lostfloppy",
    german=words("Disketten | Tastaturen | Lötkolben | Codezeilen | Röhrenmonitore | Platinen"),
    spanish=words(
        "los disquetes | los teclados | las placas base | los errores de código | los ordenadores viejos"
    ),
)
