"""Beans and water: espresso, filter, cafés."""

from tasks.synthetic.topics.topic import Topic, words

COFFEE = Topic(
    name="coffee",
    facets={
        "espresso": {
            "thing": words(
                "a ristretto | a double shot in 27 seconds | a flat white | a cortado | "
                "a channelling disaster | a bottomless portafilter shot | a silky cappuccino | "
                "a lever-machine espresso | a swan in the milk foam | a shot that tasted of cherries"
            ),
            "deed": words(
                "dialled in the grinder after nine sinks of espresso | descaled the boiler | "
                "poured a tulip that looks like an onion | changed the group gasket | "
                "pulled a shot in eleven seconds, sour as a lemon | steamed oat milk without screaming"
            ),
        },
        "filter": {
            "thing": words(
                "a V60 of washed Ethiopian | a Chemex for four | a cup of Kenyan with blackcurrant | "
                "an AeroPress recipe upside down | a cold brew of twenty hours | a natural Brazilian | "
                "a moka pot from 1974 | a siphon that belongs in a laboratory | "
                "a French press, coarse and honest | a geisha, for once"
            ),
            "deed": words(
                "bloomed for forty-five seconds | ground coarser and found the sweetness | "
                "weighed the water to the gram | let it cool and tasted peach | "
                "roasted half a kilo in a popcorn machine | cupped six coffees blind and liked the cheapest"
            ),
        },
        "cafés": {
            "thing": words(
                "a café with four chairs | a barista who remembers | a cardamom bun with the coffee | "
                "a kiosk on the platform | a roastery behind a garage | a window seat | "
                "a café without wifi | a bar where espresso is one euro | a tram turned into a coffee bar"
            ),
            "deed": words(
                "stayed for three refills and a novel | queued forty minutes for one cup | "
                "got the last window seat | brought my own cup and a dog | "
                "talked beans with the owner until closing | wrote two pages and a shopping list"
            ),
        },
    },
    words={
        "place": words(
            "the corner bar | the office kitchen | the train station | the roastery | the camper van | "
            "the kitchen counter | a side street in Trieste | the market square"
        ),
        "when": words(
            "at six in the morning | before any conversation | after lunch, no milk | on a slow Sunday | "
            "with the first sun | in the rain | on holiday | against doctor's orders | between two meetings"
        ),
        "gear": words(
            "a hand grinder | a gooseneck kettle | a scale with a timer | a cloth filter | "
            "a milk jug with a sharp spout | a second-hand lever machine | fresh burrs | "
            "a chipped favourite cup"
        ),
        "notes": words(
            "apricot and jasmine | burnt toast and regret | dark chocolate | brown sugar | "
            "tomato leaf, oddly nice | hazelnut | blueberry muffin | lime and cola | a whole fruit basket"
        ),
    },
    posts=(
        "{Thing} {when}: {notes}.",
        "I {deed} {when}.",
        "Tasting notes for {thing}: {notes}.",
        "Found {thing} near {place}. {Notes} in the cup.",
        "Bought {gear}. Result: {thing} that tastes of {notes}.",
        "We {deed} in {place}.",
        "Is {thing} overrated? Asking from {place}.",
        "All I want is {thing} {when}.",
        "Today I {deed}, and got {notes}.",
        "{Thing} first, world later.",
        "My morning in {place}: {gear}, {thing}, silence.",
    ),
    replies=(
        "I get more of {notes} from it.",
        "Grind finer, you will get {notes}.",
        "Where in {place} is that? Asking for a tired friend.",
        "I {deed} yesterday, no shame.",
        "With {gear} you can do that at home.",
        "{Thing}, please, to take away.",
    ),
    hashtags=("coffee", "pourover", "espresso", "flatwhite", "firstcup"),
    brands=("Third Kettle", "Gully Roasters"),
    buzz=words("the purple coffee from Yunnan | that purple coffee | the purple cherries everybody roasts"),
    buzz_hashtag="purplecoffee",
    german=words("Kaffeebohnen | Röstereien | Espressotassen | Filterkaffees | Milchschäume | Kaffeemühlen"),
    spanish=words(
        "los cafés con leche | las cafeteras italianas | los granos recién tostados | las tazas pequeñas"
    ),
)
