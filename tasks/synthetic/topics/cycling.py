"""Two wheels: road, commuting, the workshop."""

from tasks.synthetic.topics.topic import Topic, words

CYCLING = Topic(
    name="cycling",
    facets={
        "road": {
            "thing": words(
                "a 160 km loop | the climb of nine hairpins | a headwind both ways | "
                "a sprint for the village sign | a chain gang at dawn | a cobbled sector | "
                "the last two kilometres at twelve percent | a perfect descent | "
                "an audax through the night | a century ride"
            ),
            "deed": words(
                "bonked thirty kilometres from home | finally broke an hour on the climb | "
                "took a pull into the wind and regretted it | got dropped on the last hill | "
                "ate four gels and a whole cake | rode with the fast group for once | "
                "chased a tractor down the valley"
            ),
        },
        "commuting": {
            "thing": words(
                "a bike lane that ends in a tree | a green wave of traffic lights | a close pass | "
                "a cargo bike full of children | the new protected lane | a van parked in the cycle lane | "
                "a flooded underpass | a crossing with a button nobody fixes | a dry week"
            ),
            "deed": words(
                "beat the tram by eleven minutes | carried a desk chair on the rack | "
                "arrived soaked and smiling | reported the pothole again | "
                "talked to six drivers and a goose | rode the whole winter without a car | "
                "counted two hundred bikes at one light"
            ),
        },
        "workshop": {
            "thing": words(
                "a creak in the bottom bracket | a true wheel | an indexed derailleur | "
                "a seized seatpost | a 1983 steel frame | a bleeding brake | a snapped spoke | "
                "a fresh chain | a hub full of old grease | an impossible tubeless tyre | a wobbly headset"
            ),
            "deed": words(
                "stripped the crank with the wrong tool | trued the wheel by ear | "
                "found the creak, it was the saddle | rebuilt a three-speed hub | wrapped the bars twice | "
                "saved an old frame from the skip | spent an evening on one cable"
            ),
        },
    },
    words={
        "place": words(
            "the river path | the ring road | the old pass | the shed | the repair café | "
            "the hill behind town | the station bike park | the forest road | "
            "the bridge with the tram tracks"
        ),
        "when": words(
            "before breakfast | in sleet | with the sun in my back | on a borrowed bike | in rush hour | "
            "on the coldest day of the year | after the rain | on tired legs | on a school run"
        ),
        "gear": words(
            "a decent floor pump | merino gloves | 32 mm tyres | a dynamo light | mudguards | "
            "a chain checker | a torque wrench | a saddlebag | a bell that people hear"
        ),
        "feeling": words(
            "legs like jelly | grinning for an hour | never again, same time next week | coffee first | "
            "best part of the day | hands black as coal | knees complaining | zero regrets | "
            "I slept like a stone"
        ),
    },
    posts=(
        "{Thing} {when}: {feeling}.",
        "We {deed} {when}. {Feeling}.",
        "Dear council, {thing} near {place} is not a joke.",
        "Best upgrade of the year is {gear}. Second best: {thing}.",
        "I {deed}. {Feeling}.",
        "{Thing} at {place}. {Feeling}.",
        "Does anyone have a trick for {thing}? I have tried everything but money.",
        "Told the office that I {deed} {when}. They think I am mad.",
        "Sunday plan: {place}, {gear}, {thing}.",
        "From {place} to home {when}, and on the way I {deed}.",
        "Took {gear} and a friend along {place}; we {deed}.",
    ),
    replies=(
        "Same here, {feeling}.",
        "I {deed} on exactly that stretch.",
        "You need {gear} for that.",
        "Is that near {place}? I know every pothole there.",
        "{Thing} is why I love and hate this.",
        "Take me along next time!",
    ),
    hashtags=("cycling", "bikelife", "cycletowork", "steelisreal", "outsideisfree"),
    brands=("Velo Verve", "Spoke & Sprocket"),
    buzz=words(
        "the mountain stage in the snow | that stage win in the snow | the solo break through the snow"
    ),
    buzz_hashtag="snowstage",
    german=words(
        "Radwege | Lastenräder | Passstraßen | Speichen | Schotterwege | Rennräder | Fahrradständer"
    ),
    spanish=words(
        "las bicicletas | los puertos de montaña | los carriles bici | las cuestas | los pinchazos"
    ),
)
