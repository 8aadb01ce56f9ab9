"""The beautiful game: match day, the women's league, Sunday sides."""

from tasks.synthetic.topics.topic import Topic, words

FOOTBALL = Topic(
    name="football",
    facets={
        "match day": {
            "thing": words(
                "a last-minute equaliser | a goalless draw | a soft penalty | an own goal | "
                "a stunning free kick | a red card | a clean sheet | a derby win | "
                "a VAR check of four minutes | a deflected winner | a diving header"
            ),
            "deed": words(
                "hit the post three times | threw away a two-goal lead | scored from a corner at last | "
                "parked the bus for an hour | won it in stoppage time | "
                "changed the whole midfield at half-time | missed from six yards"
            ),
        },
        "women's league": {
            "thing": words(
                "a hat-trick by our captain | a record crowd of the women's league | "
                "a semi-final on penalties | a debut at seventeen for the women's side | "
                "a forty-yard lob | a save of the season from our keeper | a cup run nobody expected | "
                "a title race down to one point | a return after her knee injury"
            ),
            "deed": words(
                "pressed them high all night | came back from two down in the cup | "
                "sold out the big stadium for the women's final | played out from the back without fear | "
                "kept the unbeaten run alive | scored four through the same striker | "
                "signed a new striker from Sweden"
            ),
        },
        "sunday league": {
            "thing": words(
                "a pitch like a ploughed field | a referee on a bicycle | a goalkeeper with a hangover | "
                "a nine-man starting eleven | a forty-year-old on the wing | a dog on the pitch | "
                "a seven-all thriller | a bobbly park pitch | a borrowed shirt two sizes small"
            ),
            "deed": words(
                "lost nine-nil and sang all the way home | started with eight players | "
                "lost the only ball in the river | argued with our own substitutes | scored with a shin | "
                "played both halves uphill | pulled two hamstrings tying our boots"
            ),
        },
    },
    words={
        "place": words(
            "the away end | the old main stand | the pub round the corner | the wet side terrace | "
            "the park, pitch three | the training ground | the back row behind a pillar | "
            "the family block | a packed tram home"
        ),
        "when": words(
            "in the ninety-third minute | in pouring rain | under the lights | on a freezing Tuesday | "
            "in front of four thousand | with ten men | just before half-time | away from home | "
            "on the last day of the season"
        ),
        "gear": words(
            "my lucky scarf | proper studs | the retro home shirt | shin pads from 1998 | "
            "a match ball that holds air | a season ticket | goalkeeper gloves | a half-time pie | "
            "a hooded rain coat"
        ),
        "verdict": words(
            "I will take it | we deserved nothing | that is why we love it | my voice is gone | "
            "the manager has to answer for it | best game in years | two points dropped | "
            "onwards to the cup | the table does not lie"
        ),
    },
    posts=(
        "{Thing} {when}: {verdict}.",
        "We {deed} {when}. {Verdict}.",
        "Full time. We {deed}, {verdict}.",
        "Watched it from {place}: {thing} {when}.",
        "Tell me again how {thing} is good for the game.",
        "Three talking points: {thing}, the line-up, and how we {deed}.",
        "Brought {gear}, so of course we {deed}.",
        "My daughter's first match, {place}, and she got to see {thing}.",
        "Player ratings are coming. Spoiler: we {deed}.",
        "Only we can manage {thing} and still talk about it a week later. {Verdict}.",
        "Tactics board out: we {deed} because nobody tracked the runner.",
    ),
    replies=(
        "Agreed, and {verdict}.",
        "From {place} it looked offside to me.",
        "Never {thing}. Watch the replay.",
        "You always say that when we {deed}.",
        "I was there {when}, still shaking.",
        "Bring {gear} next time, we need the luck.",
    ),
    hashtags=("matchday", "football", "uptheblues", "fulltime", "terracetalk"),
    brands=("Touchline Sports", "Ninety Minutes"),
    buzz=words(
        "that overhead kick in the cup final | the overhead kick from the halfway line | the cup final goal"
    ),
    buzz_hashtag="cupfinal",
    german=words(
        "Elfmeter | Ecken | Auswärtsfahrten | Flutlichtspiele | Pokalabende | Nachspielzeiten | Derbys"
    ),
    spanish=words(
        "los penaltis | los derbis | los goles de cabeza | las paradas | los tiros libres | las remontadas"
    ),
)
