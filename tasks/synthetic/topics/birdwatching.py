"""Looking at birds: waders, raptors, garden birds."""

from tasks.synthetic.topics.topic import Topic, words

BIRDWATCHING = Topic(
    name="birdwatching",
    facets={
        "waders": {
            "thing": words(
                "a curlew | an avocet | a black-tailed godwit | a spotted redshank | "
                "a ruff in full dress | a dunlin | a jack snipe | a whimbrel | a little stint | "
                "an oystercatcher | a grey plover | a green sandpiper"
            ),
            "deed": words(
                "counted forty lapwings on the mud | followed a lone sanderling along the tideline | "
                "heard curlews calling in the dark | watched knots turn like smoke | "
                "found a ringed plover on eggs | sat with the godwits until high tide | "
                "lost the snipe the moment it landed"
            ),
        },
        "raptors": {
            "thing": words(
                "a hobby | a merlin | a marsh harrier | a red kite | an osprey with a fish | "
                "a honey buzzard | a young peregrine | a goshawk | a kestrel on the wire | "
                "a white-tailed eagle | a sparrowhawk"
            ),
            "deed": words(
                "saw a food pass between two harriers | watched the peregrine miss twice | "
                "followed a kite over the ridge | timed a kestrel hovering for a whole minute | "
                "found a plucking post under the oak | counted thirty buzzards riding one thermal | "
                "looked straight into the eyes of a sparrowhawk"
            ),
        },
        "garden birds": {
            "thing": words(
                "a wren | a long-tailed tit | a goldfinch | a nuthatch upside down | a bullfinch | "
                "a blackcap | a robin with opinions | a coal tit | a greenfinch | a song thrush | "
                "a waxwing | a treecreeper"
            ),
            "deed": words(
                "refilled the seed feeder twice | counted eleven blue tits at once | "
                "cleaned out the nest boxes | fed a robin from my hand | "
                "caught the nuthatch hiding seeds in the gutter | heard the blackbird start before five | "
                "watched six goldfinches argue over one perch"
            ),
        },
    },
    words={
        "place": words(
            "the estuary | the old gravel pits | the hide by the reedbed | the allotment hedge | "
            "the harbour wall | the sewage works, glamorous as ever | the kitchen window | "
            "the north meadow | the canal towpath | the churchyard yews | the saltmarsh | "
            "the flooded field behind the school"
        ),
        "when": words(
            "at first light | just before the rain | during lunch break | after two hours of nothing | "
            "at dusk | on the way to work | in thick fog | with frost still on the reeds | "
            "between two showers | while the tea went cold"
        ),
        "gear": words(
            "my old 8x42 binoculars | a borrowed scope | a folding stool | the new field guide | "
            "a thermos and a notebook | the wide-angle eyepiece | a proper window feeder | "
            "gloves without fingertips | the recorder for night calls"
        ),
        "mark": words(
            "pale rump | long white wing bar | slow, stiff wingbeats | dark mask | "
            "buff edges on the coverts | upturned bill | yellow legs | faint eye-ring | two-note call | "
            "rusty cap"
        ),
    },
    posts=(
        "{Thing} at {place} {when}, and nobody else around to see it.",
        "We {deed} {when}.",
        "Can anyone confirm {thing}? It had a {mark}, seen from {place}.",
        "Year list update: {thing}, finally, at {place}.",
        "Took {gear} to {place} and {deed}.",
        "{Mark} and a {mark}, so I am calling it {thing}. Happy to be corrected.",
        "If you go to {place}, go {when}: I {deed}.",
        "My neighbour asked what I do all morning. I {deed}, that is what.",
        "Patience pays: nothing for an hour, then {thing} right above {place}.",
        "Lent {gear} to a twelve-year-old today. She spotted {thing} before I did.",
        "{Thing} again {when}. Same spot, {place}, third day running.",
    ),
    replies=(
        "Lovely record! Did you notice the {mark}?",
        "A {mark} would rule that out for me. Any chance of {thing} instead?",
        "I was at {place} an hour later and missed it, typical.",
        "Jealous. I have been looking for {thing} all season.",
        "Try {place} {when}, they come closer there.",
        "Well spotted. I would never have seen it without {gear}.",
    ),
    hashtags=("birding", "birdwatching", "patchlist", "dawnchorus", "yearlist"),
    brands=("Heron & Hide Optics", "Thistle Seed Co."),
    buzz=words("the snowy owl on the harbour crane | the lost snowy owl | the owl that missed its ship"),
    buzz_hashtag="harbourowl",
    german=words(
        "Kraniche | Eisvögel | Rotkehlchen | Kiebitze | Mauersegler | Zaunkönige | Stieglitze | Bekassinen"
    ),
    spanish=words(
        "las grullas | los vencejos | los petirrojos | las garzas | los jilgueros | las cigüeñas | "
        "los flamencos"
    ),
)
