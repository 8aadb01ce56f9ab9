"""Growing things: vegetables, roses and flowers, houseplants."""

from tasks.synthetic.topics.topic import Topic, words

GARDENING = Topic(
    name="gardening",
    facets={
        "vegetables": {
            "thing": words(
                "a row of runner beans | the first tomato | a courgette the size of a boat | "
                "a bed of early potatoes | purple kale | a tray of chilli seedlings | a crooked carrot | "
                "a glut of cucumbers | the garlic | a pumpkin called Gerald | broad beans"
            ),
            "deed": words(
                "earthed up the potatoes | sowed beetroot under fleece | lost the lettuce to slugs | "
                "pinched out the tomatoes | picked two kilos of beans | "
                "turned the compost and met a toad | planted out the leeks"
            ),
        },
        "flowers": {
            "thing": words(
                "a climbing rose | a dahlia like a dinner plate | a drift of snowdrops | "
                "the first sweet pea | a stubborn peony | a hollyhock taller than me | "
                "a border of foxgloves | the old wisteria | a self-sown poppy | a bucket of cosmos"
            ),
            "deed": words(
                "deadheaded the roses | lifted the dahlia tubers | sowed cornflowers along the fence | "
                "tied in the clematis | divided the irises | planted two hundred tulip bulbs | "
                "cut the first vase of the year"
            ),
        },
        "houseplants": {
            "thing": words(
                "a monstera leaf | a dramatic peace lily | a string of pearls | a fiddle-leaf fig | "
                "an orchid spike | a fern that hates me | a jade plant cutting | a prayer plant | "
                "a cactus in bloom | a spider plant with nine babies | a rubber plant"
            ),
            "deed": words(
                "repotted the monstera | drowned another succulent | "
                "wiped every leaf of the rubber plant | propagated pothos in jam jars | "
                "moved the calathea for the fifth time | found gnats in the potting mix | "
                "bottom-watered the whole windowsill"
            ),
        },
    },
    words={
        "place": words(
            "the greenhouse | the south-facing sill | the allotment | the raised bed | the shady corner | "
            "the balcony | the bathroom shelf | the cold frame | a chipped old pot | "
            "the patch behind the shed"
        ),
        "when": words(
            "before the frost | after a week of rain | in the evening sun | against all advice | "
            "two weeks late | by moonlight, almost | with help from the kids | between showers | "
            "on my knees as usual"
        ),
        "gear": words(
            "a sharp hori-hori | a good pair of secateurs | a water butt | a bag of leaf mould | "
            "copper tape | a kneeling pad | a soil thermometer | grow lights | "
            "a dibber made from a broom handle"
        ),
        "lesson": words(
            "patience | less water | more compost | never trust a forecast | label everything | "
            "slugs always win | drainage, drainage, drainage | roots first | plant it and forget it"
        ),
    },
    posts=(
        "{Thing} in {place}, {when}. I could cry.",
        "I {deed} {when}.",
        "Lesson of the year: {lesson}. Exhibit one is {thing}.",
        "Is anyone else struggling with {thing}? Mine sits in {place}.",
        "Spent the day around {place} and {deed}.",
        "{Thing}, after three years of waiting. The answer was {lesson}.",
        "With {gear} it took ten minutes: I {deed}.",
        "Gave my neighbour {thing}, got back a jar of honey.",
        "Before and after of {place}: I {deed}, the worms did the rest.",
        "Nobody tells beginners this: {lesson}. I {deed} and it still worked.",
        "Good morning from {place}, where {thing} is showing off.",
    ),
    replies=(
        "Beautiful! Mine never did that in {place}.",
        "In my experience it is {lesson}.",
        "I {deed} on the same day, great minds.",
        "Could I swap you {thing} for a cutting?",
        "Have you tried {gear}? Changed everything here.",
        "Move it out of {place}, it will thank you.",
    ),
    hashtags=("gardening", "growyourown", "greenfingers", "plotlife", "intheborder"),
    brands=("Loam & Leaf", "The Potting Shed"),
    buzz=words("the black tulip from the show | that black tulip | the tulip that took nineteen years"),
    buzz_hashtag="blacktulip",
    german=words("Tomaten | Pfingstrosen | Hochbeete | Schneeglöckchen | Kürbisse | Stecklinge | Dahlien"),
    spanish=words("los tomates | las rosas | los geranios | las macetas | los calabacines | las suculentas"),
)
