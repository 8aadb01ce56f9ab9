"""Staff at work: kittens, old cats, mischief."""

from tasks.synthetic.topics.topic import Topic, words

CATS = Topic(
    name="cats",
    facets={
        "kittens": {
            "thing": words(
                "a foster kitten in each pocket | a kitten with giant ears | "
                "a litter of five in my wardrobe | a bottle-fed tabby | a purr louder than the fridge | "
                "a kitten asleep in the salad bowl | a first hiss | a ginger kitten with six toes | "
                "a tuxedo kitten"
            ),
            "deed": words(
                "climbed the curtain and cried for help | discovered her own tail | "
                "weighed in at a whole kilo | slept on my keyboard and sent a mail | "
                "met the vacuum cleaner and won | got adopted together with his brother"
            ),
        },
        "seniors": {
            "thing": words(
                "a nineteen-year-old queen | a grey muzzle on my knee | an old tom with one tooth | "
                "a heated blanket with a cat in it | a slow blink | a three-legged senior | "
                "a snoring Siamese | a birthday tuna for an old lady | a cat older than my marriage"
            ),
            "deed": words(
                "slept through a thunderstorm | took his kidney pills hidden in cheese | "
                "reclaimed the good armchair | jumped on the bed for the first time in months | "
                "complained at the vet in three octaves | sat in the sun like a small loaf"
            ),
        },
        "mischief": {
            "thing": words(
                "a mouse in my slipper | a vase in a thousand pieces | a cat in a box half her size | "
                "a sock thief | a zoomie attack | a paw under the bathroom door | "
                "an open tuna tin and no witness | a stare at an empty corner | a cat on top of the door"
            ),
            "deed": words(
                "knocked the glass off the table while looking at me | unrolled the whole toilet paper | "
                "ate the birthday ribbon | opened the fridge with one paw | woke the house by singing | "
                "stole a whole sausage | walked over the wet paint"
            ),
        },
    },
    words={
        "place": words(
            "the sunny windowsill | the laundry basket | the warm router | the forbidden shelf | "
            "the cardboard box | the vet's waiting room | the top of the fridge | my pillow | "
            "the video call"
        ),
        "when": words(
            "at four in the morning | in front of guests | five minutes after dinner | during my exam | "
            "without shame | all night | right after I had cleaned | on the new sofa | "
            "because it was Tuesday"
        ),
        "gear": words(
            "a cardboard scratcher | a fountain bowl | a feather on a string | a lint roller | "
            "a bag of catnip | a heated bed, ignored | a puzzle feeder | a collar with a bell"
        ),
        "title": words(
            "her majesty | the management | Professor Whiskers | Miso | Captain Biscuit | Pickle | "
            "Lady Marmalade | Sir Hops | Olive | the landlord"
        ),
    },
    posts=(
        "{Title} {deed} {when}.",
        "{Thing} {when}. I am only staff here.",
        "Today's report from {place}: {thing}.",
        "I bought {gear}. {Title} prefers {place}.",
        "{Title} {deed}. No comment was given.",
        "Is {thing} normal, or did I get a special edition?",
        "Found {title} in {place} {when}.",
        "Rescue update: {title} {deed}.",
        "Everything hurts, then {thing}, and all is well.",
        "Nobody: nothing. {Title}: {deed} {when}.",
        "Working from home with {title}: {thing}, {place}, no output.",
    ),
    replies=(
        "Give {title} a kiss from me.",
        "Mine {deed} last night, they must talk to each other.",
        "{Thing}! I cannot cope.",
        "Have you tried {gear}?",
        "All hail {title}.",
        "Same energy as mine in {place}.",
    ),
    hashtags=("cats", "catsofflutter", "fosterfail", "caturday", "purr"),
    brands=("Whisker & Sons", "Nine Lives Pantry"),
    buzz=words("Mango, the cat who rides the number 9 tram | Mango the tram cat | the tram cat"),
    buzz_hashtag="tramcat",
    german=words("Katzenpfoten | Schnurrhaare | Kratzbäume | Samtpfoten | Kätzchen | Mäusejagden"),
    spanish=words("los gatitos | los bigotes | las siestas al sol | los ronroneos | las cajas de cartón"),
)
