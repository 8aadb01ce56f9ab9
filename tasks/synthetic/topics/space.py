"""Up there: observing, missions, distant worlds."""

from tasks.synthetic.topics.topic import Topic, words

SPACE = Topic(
    name="space",
    facets={
        "stargazing": {
            "thing": words(
                "Saturn's rings | the Orion Nebula | a double star in Cygnus | the Andromeda Galaxy | "
                "a Perseid fireball | Jupiter and four moons | the Pleiades | a thin crescent moon | "
                "the Ring Nebula | a pass of the station | the Beehive Cluster"
            ),
            "deed": words(
                "polar-aligned the mount in ninety seconds | stacked two hundred frames of the moon | "
                "counted thirty meteors in an hour | froze all fingers at the eyepiece | "
                "split a double star at last | showed the street Saturn | fought the dew all night"
            ),
        },
        "missions": {
            "thing": words(
                "a static fire test | a booster landing | the rover's new drill core | a scrubbed launch | "
                "the sample capsule | a spacewalk of seven hours | a lunar lander on its side | "
                "a perfect orbit insertion | the solar sail | a hot staging"
            ),
            "deed": words(
                "held the countdown at forty seconds | landed within two metres of the target | "
                "lost telemetry for a minute and got it back | deployed both solar panels | "
                "launched through a hole in the clouds | sent the first picture home | "
                "docked on the second try"
            ),
        },
        "distant worlds": {
            "thing": words(
                "an exoplanet with clouds of quartz | a rogue planet | water vapour on a sub-Neptune | "
                "a planet in the habitable zone | a hot Jupiter on a death spiral | "
                "seven rocky worlds around one red dwarf | an exomoon candidate | a lava world | "
                "a disc with fresh gaps"
            ),
            "deed": words(
                "found a dip of half a percent in the light curve | measured a year of eighteen hours | "
                "ruled out methane at three sigma | confirmed the planet with radial velocities | "
                "caught a transit from a back garden | mapped winds on a tidally locked world"
            ),
        },
    },
    words={
        "place": words(
            "the dark-sky park | my back garden | the control room stream | the observatory open night | "
            "the roof of the department | a lay-by far from any lamp | the desert plateau | "
            "the balcony between two street lights"
        ),
        "when": words(
            "at three in the morning | under a new moon | with perfect seeing | after weeks of cloud | "
            "right on schedule | before dawn | between two clouds | on the longest night | "
            "live, with half the world watching"
        ),
        "gear": words(
            "an eight-inch Dobsonian | a star tracker | a red head torch | a dew heater | "
            "a cheap webcam at the eyepiece | a planisphere | a narrowband filter | the 25 mm eyepiece | "
            "a pair of big binoculars"
        ),
        "awe": words(
            "that light left before we had writing | we are very small | physics is beautiful | "
            "I forgot to breathe | nobody in the room said a word | worth every frozen toe | "
            "humans built that | and it was still only Tuesday"
        ),
    },
    posts=(
        "{Thing} {when}: {awe}.",
        "From {place}: {thing}. {Awe}.",
        "They {deed} {when}. {Awe}.",
        "Explained {thing} to my nephew. His verdict: cool, but where are the aliens?",
        "Team report from {place}: we {deed}.",
        "If you have {gear}, look for {thing} tonight.",
        "New preprint on {thing}. Short version: {awe}.",
        "Still thinking about {thing}. {Awe}.",
        "Twenty years of work and they {deed}. {Awe}.",
        "You do not need a big budget for {thing}: {gear} and {place} will do.",
        "A thread about {thing}, with numbers, because somebody had to.",
    ),
    replies=(
        "{Awe}. Thanks for sharing.",
        "What did you use, {gear}?",
        "I saw {thing} from {place} and cried a little.",
        "Clouded out here. Enjoy {thing} for me.",
        "Is it true that they {deed}?",
        "Do you have a source on {thing}? I would love to read it.",
    ),
    hashtags=("space", "astronomy", "clearskies", "lookup", "liftoff"),
    brands=("Meridian Telescopes", "Dark Sky Outfitters"),
    buzz=words("comet Halvorsen over the rooftops | the comet with two tails | comet Halvorsen"),
    buzz_hashtag="comethalvorsen",
    german=words(
        "Sternschnuppen | Exoplaneten | Polarlichter | Raketenstarts | Mondkrater | Galaxien | Teleskope"
    ),
    spanish=words(
        "los cometas | las estrellas fugaces | los exoplanetas | las galaxias | los eclipses | "
        "los telescopios"
    ),
)
