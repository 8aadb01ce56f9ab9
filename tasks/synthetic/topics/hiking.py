"""On foot: mountains, long trails, with children."""

from tasks.synthetic.topics.topic import Topic, words

HIKING = Topic(
    name="hiking",
    facets={
        "summits": {
            "thing": words(
                "a ridge in cloud | a summit at sunrise | an exposed scramble | a via ferrata | "
                "a snowfield in June | a three-thousander | a summit book full of jokes | "
                "an ibex on the path | a gully of loose rock | a cairn the size of a car"
            ),
            "deed": words(
                "turned around two hundred metres below the top | started at three with head torches | "
                "crossed the ridge on all fours | reached the summit with a whole cheese | "
                "waited out the thunder in a hut | slid down the last snow on our jackets"
            ),
        },
        "long trails": {
            "thing": words(
                "a thirty-day trail | day nineteen of the coast path | a resupply box | "
                "a trail angel with peaches | a blister shaped like Italy | a night under the tarp | "
                "a river ford | a zero day | a section without water | a shelter with a guest book"
            ),
            "deed": words(
                "walked thirty-four kilometres in the rain | sent home two kilos of gear | "
                "met the same three people every evening | slept in a chapel porch | "
                "ran out of noodles before the pass | cut my toothbrush in half and feel nothing"
            ),
        },
        "family walks": {
            "thing": words(
                "a waterfall in reach of a pram | a path with a slide at the end | "
                "a tired five-year-old on my shoulders | a hut with pancakes | "
                "a geocache in a hollow oak | a picnic among curious cows | a gorge with forty bridges | "
                "a lake to throw stones into | a pocket full of pine cones"
            ),
            "deed": words(
                "collected nineteen sticks | sang the same song for six kilometres | "
                "built a dam in every stream | lost one mitten and one shoe | "
                "saw a salamander and cancelled all other plans | bribed everyone with gummy bears"
            ),
        },
    },
    words={
        "place": words(
            "the high route | the north face path | the old mule track | the lake hut | the coast path | "
            "the beech forest | the gorge | the valley station | the pass road | the moor"
        ),
        "when": words(
            "before the crowds | in horizontal rain | after the first snow | on the last dry day | "
            "in new boots, a mistake | with a full moon | six hours from the nearest road | "
            "slower than planned | with wet socks"
        ),
        "gear": words(
            "trekking poles | a paper map | a light down quilt | two pairs of socks | a water filter | "
            "gaiters | a bivvy bag | a whistle | a stove that works in wind"
        ),
        "wisdom": words(
            "the mountain will be there tomorrow | wet feet dry | start early | carry less | "
            "the view is behind you too | never skip the hut cake | maps do not run out of battery | "
            "down is harder"
        ),
    },
    posts=(
        "{Thing} on {place}, {when}. {Wisdom}.",
        "We {deed} {when}.",
        "Trip report from {place}: we {deed}.",
        "{Wisdom}. Learnt it on {place} {when}.",
        "What would you pack for {thing}? I have {gear} and hope.",
        "Nothing prepares you for {thing}.",
        "Today's reward was {thing}, right above {place}.",
        "Left {gear} at home, so naturally: {thing}.",
        "Highlights: {thing}, {place}, and that we {deed}.",
        "Whoever marked {place}, thank you. We {deed} and still got home.",
        "Forecast said sun. We got {thing} {when}.",
    ),
    replies=(
        "{Wisdom}!",
        "Was there last year and we {deed}.",
        "Is {place} open again after the landslide?",
        "That is {thing} I have dreamt of.",
        "Do not forget {gear} up there.",
        "How long did it take you {when}?",
    ),
    hashtags=("hiking", "trailnotes", "mountains", "hutlife", "onfoot"),
    brands=("Cairn & Co.", "Larch Outdoor"),
    buzz=words(
        "the new hanging bridge | the hanging bridge over the gorge | the bridge with the glass floor"
    ),
    buzz_hashtag="hangingbridge",
    german=words("Hüttentouren | Gipfelkreuze | Fernwanderwege | Almwiesen | Wanderkarten | Wasserfälle"),
    spanish=words("los senderos | las cumbres | los refugios | las cascadas | las botas viejas"),
)
