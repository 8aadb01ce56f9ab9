"""At the pictures: new films, classics, how films are made."""

from tasks.synthetic.topics.topic import Topic, words

CINEMA = Topic(
    name="cinema",
    facets={
        "new releases": {
            "thing": words(
                "a three-hour space opera | a romantic comedy with a brain | a sequel nobody asked for | "
                "a heist film in one night | a quiet Danish drama | a horror film in broad daylight | "
                "a spy thriller without phones | an animated film about a moth | a courtroom drama"
            ),
            "deed": words(
                "laughed in all the wrong places | stayed for the post-credit scene | "
                "saw it twice in two days | walked out after the trailer reel | "
                "guessed the twist and still gasped | cried at a talking moth"
            ),
        },
        "classics": {
            "thing": words(
                "a silent comedy with live piano | a restored film noir | a samurai epic | "
                "a screwball comedy from 1938 | an Italian neorealist film | a black-and-white western | "
                "a French new wave double bill | a Technicolor musical | "
                "a spaghetti western at last on film | a German expressionist print"
            ),
            "deed": words(
                "watched the 35 mm print | heard the audience gasp at a film from 1927 | "
                "fell asleep and woke up at the best scene | introduced my parents to Kurosawa | "
                "finally understood the ending | counted the cigarettes in one scene"
            ),
        },
        "film making": {
            "thing": words(
                "an eleven-minute tracking shot | a practical explosion | a match cut | a matte painting | "
                "a foley artist with celery | a split diopter | a colour grade in teal | "
                "a storyboard on napkins | a zero-budget short | a boom mike in the frame"
            ),
            "deed": words(
                "shot our short in one weekend | cut eleven minutes and saved the film | "
                "rebuilt a diner in a garage | recorded rain with frying bacon | "
                "lit the whole scene with one lamp | wrote the last page first"
            ),
        },
    },
    words={
        "place": words(
            "the little cinema by the canal | row seven, middle | the open-air screen | the film club | "
            "a sold-out late show | my sofa, subtitles on | the festival tent | the empty Monday matinee"
        ),
        "when": words(
            "on a rainy afternoon | at midnight | without reading a single review | on the big screen | "
            "for the ninth time | with popcorn in my hair | on opening night | "
            "next to a snoring stranger | with the director present"
        ),
        "gear": words(
            "a super 8 camera | an annual pass | a projector and a bed sheet | "
            "noise-cancelling headphones | a tripod with two legs | a second-hand lens | "
            "a very long scarf | a notebook in the dark"
        ),
        "verdict": words(
            "four stars | the score carries it | twenty minutes too long | see it large | "
            "the supporting cast steals it | I need to lie down | a small miracle | pretty, but empty | "
            "the ending ruins nothing"
        ),
    },
    posts=(
        "{Thing} {when}: {verdict}.",
        "We {deed} {when}. {Verdict}.",
        "Saw {thing} in {place}. {Verdict}.",
        "Unpopular opinion: {thing} is the best thing this year.",
        "Which film taught you to love {thing}?",
        "A short note on {thing}: {verdict}.",
        "Went to {place} with {gear} and {deed}.",
        "Nobody does {thing} any more, and it shows. {Verdict}.",
        "My friends {deed}. I was the friends.",
        "Watching {thing} {when} should be on prescription.",
        "From the archive: {thing}, seen in {place}. {Verdict}.",
    ),
    replies=(
        "{Verdict} from me as well.",
        "No spoilers! I am seeing it in {place} tomorrow.",
        "I {deed} during that one.",
        "If you liked it, try {thing}.",
        "{Thing}? Count me in.",
        "I still think about the last scene.",
    ),
    hashtags=("nowwatching", "cinema", "filmclub", "35mm", "endcredits"),
    brands=("The Velvet Row", "Lanternlight Films"),
    buzz=words(
        "the film shot backwards | that film told backwards | the backwards film everybody argues about"
    ),
    buzz_hashtag="backwardsfilm",
    german=words("Stummfilme | Kurzfilme | Kinositze | Plansequenzen | Filmplakate | Mitternachtskinos"),
    spanish=words(
        "los cortometrajes | las películas mudas | los créditos finales | las bandas sonoras | los westerns"
    ),
)
